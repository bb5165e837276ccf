/** What an answer is: how it is checked (plausible.ts) and compared (canonical.ts). */
export type AnswerShape =
  | 'quantity'
  | 'data'
  | 'word'
  | 'address'
  | 'boolean'
  | 'block'
  /** A header: a block without its transactions, as an uncle is told. */
  | 'uncle'
  | 'transaction'
  | 'receipt'
  | 'receipts'
  | 'logs'
  | 'proof'
  | 'feeHistory'
  | 'accessList'
  | 'text'
  | 'any';
