/** What a platform can be, as a plan says it. */
export const KINDS = ['exchange', 'wallet', 'explorer', 'defi', 'rpc', 'chain', 'other'] as const;
export type Kind = (typeof KINDS)[number];
