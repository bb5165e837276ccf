/** Every file that is made, by its path from the root of the project. */
export declare function networkFiles(): Map<string, string>;

/** What the tables say of each network, and the table and the kind that it is of. */
export declare function networkRows(): readonly {
  readonly title: string;
  readonly dataset: string;
  readonly kind: string | undefined;
  /** HHI over known hosts, 0 to 10,000, as it is written; a dash where hosts are thrown together. */
  readonly concentration: string;
}[];
