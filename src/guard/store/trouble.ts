/** What was wrong when a store was opened: for the journal, and for people. */
export interface Trouble {
  readonly code:
    | 'state-damaged'
    | 'journal-torn'
    | 'journal-damaged'
    | 'version-damaged'
    | 'none-good'
    | 'unwritable';
  readonly message: string;
}

export const trouble = {
  stateDamaged: (why: string): Trouble => ({
    code: 'state-damaged',
    message: `Expected state.json as it was written, found that ${why}. What is known is what the journal says.`,
  }),
  journalTorn: (bytes: number): Trouble => ({
    code: 'journal-torn',
    message: `The last line of the journal was not finished when the machine or the guard stopped: ${bytes} bytes are kept aside as torn-….bin.`,
  }),
  journalDamaged: (why: string): Trouble => ({
    code: 'journal-damaged',
    message: `The journal is not as it was written. ${why} It is kept as it is, and a new file is begun.`,
  }),
  versionDamaged: (digest: string, why: string): Trouble => ({
    code: 'version-damaged',
    message: `Expected ${digest} on this disk, found that ${why}. The good version before it is used.`,
  }),
  noneGood: (): Trouble => ({
    code: 'none-good',
    message: 'No good version is left on this disk. No target is touched until one is found good.',
  }),
  unwritable: (why: string): Trouble => ({
    code: 'unwritable',
    message: `Nothing can be written: ${why}. What is good is used; nothing new is begun.`,
  }),
};
