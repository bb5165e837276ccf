/** How many hosts must be lost together, at least; null where all of them are not enough. */
export declare function fewestToLose(amounts: readonly number[], enough: number): number | null;

/** How many minimal sets of hosts there are whose loss takes so much away. Whole numbers. */
export declare function minimalSets(amounts: readonly number[], enough: number): bigint;

/** How many sets of so many hosts do. */
export declare function setsOfSize(amounts: readonly number[], enough: number, size: number): number;

/** The Herfindahl–Hirschman index over these, 0 to 10,000. */
export declare function concentrationOf(amounts: readonly number[]): number;
