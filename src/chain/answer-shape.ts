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

/** What has no parts. */
export type Leaf =
  /** A number of at most 256 bits in hexadecimal; with how many zeros before it is of no meaning. */
  | 'quantity'
  /** A quantity that whoever asked has named: some nodes write it as they were asked, others as 32 bytes. */
  | 'slot'
  /** Bytes in hexadecimal. */
  | 'data'
  /** 32 bytes. */
  | 'word'
  | 'address'
  /** 256 bytes. */
  | 'bloom'
  /** 8 bytes. */
  | 'seal'
  | 'boolean'
  | 'text'
  /** A JSON number, computed in floating point. */
  | 'ratio'
  | 'any';

export type Form = Leaf | ListForm | ObjectForm | ChoiceForm;

export interface ListForm {
  readonly kind: 'list';
  readonly of: Form;
  /** The order is of no meaning. */
  readonly isUnordered?: true;
  /** An empty list is as good as none. */
  readonly mayBeLeftOut?: true;
}

export interface ObjectForm {
  readonly kind: 'object';
  /** What consensus or the execution API fixes; all else is an extension. Which they are can depend on the object: on a transaction's type. */
  readonly core: (value: JsonObject) => readonly CoreField[];
}

/** Two forms of the same, told apart by their looks. */
export interface ChoiceForm {
  readonly kind: 'choice';
  readonly of: (value: unknown) => Form;
}

export interface CoreField {
  readonly name: string;
  readonly form: Form;
  /** Whether it can be absent, or null. */
  readonly isRequired: boolean;
  /** What it means when it is absent. @default null */
  readonly whenAbsent?: unknown;
  /** Another name of the same value: who says both must say the same. */
  readonly alias?: string;
}

export type JsonObject = Readonly<Record<string, unknown>>;

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** An object's own member; undefined when it is absent or null. */
export function memberOf(value: JsonObject, name: string): unknown {
  return Object.hasOwn(value, name) ? (value[name] ?? undefined) : undefined;
}

/** A core field's value, by whichever name; undefined when it is absent or null. */
export function coreOf(value: JsonObject, { name, alias, whenAbsent }: CoreField): unknown {
  return memberOf(value, name) ?? (alias === undefined ? undefined : memberOf(value, alias)) ?? whenAbsent;
}

/** Of at most 256 bits. */
export function isQuantity(value: unknown): value is string {
  return typeof value === 'string' && value.length <= 66 && /^0x[\da-fA-F]+$/.test(value);
}

/** A quantity of at most 256 bits; undefined when it is none. */
export function quantityOf(value: unknown): bigint | undefined {
  return isQuantity(value) ? BigInt(value) : undefined;
}

/** A quantity that a double holds; undefined when it is none. */
export function smallQuantityOf(value: unknown): number | undefined {
  if (!isQuantity(value)) return undefined;
  const number = Number(value);
  return number <= Number.MAX_SAFE_INTEGER ? number : undefined;
}

/** The word in lower case, so that two can be compared; undefined when it is none. */
export function wordOf(value: unknown): string | undefined {
  return isHex(value, 66) ? value.toLowerCase() : undefined;
}

/** The address in lower case; undefined when it is none. */
export function addressOf(value: unknown): string | undefined {
  return isHex(value, 42) ? value.toLowerCase() : undefined;
}

/**
 * What is wrong with the form of a value, for people; undefined: nothing.
 *
 * @param at the path so far, as result.logs[3]
 */
export function formFault(form: Form, value: unknown, at = 'result'): string | undefined {
  if (typeof form === 'string')
    return isLeaf(form, value) ? undefined : `Expected ${at} as ${LEAVES[form].name}.`;
  switch (form.kind) {
    case 'choice':
      return formFault(form.of(value), value, at);
    case 'list':
      if (!Array.isArray(value)) return `Expected ${at} as a list.`;
      for (let i = 0; i < value.length; i++) {
        const fault = formFault(form.of, value[i], `${at}[${i}]`);
        if (fault !== undefined) return fault;
      }
      return undefined;
    case 'object':
      if (!isObject(value)) return `Expected ${at} as an object.`;
      for (const field of form.core(value)) {
        const part = coreOf(value, field);
        if (part === undefined ? !field.isRequired : false) continue;
        const fault =
          part === undefined
            ? `Expected ${at}.${field.name}, found none.`
            : formFault(field.form, part, `${at}.${field.name}`);
        if (fault !== undefined) return fault;
      }
      return undefined;
  }
}

interface LeafRule {
  /** For messages. */
  readonly name: string;
  readonly holds: (value: unknown) => boolean;
}

const LEAVES: Readonly<Record<Leaf, LeafRule>> = {
  quantity: { name: 'a quantity of at most 256 bits', holds: isQuantity },
  slot: { name: 'a quantity of at most 256 bits', holds: isQuantity },
  data: { name: 'bytes in hexadecimal', holds: (value) => isHex(value) },
  word: { name: '32 bytes in hexadecimal', holds: (value) => isHex(value, 66) },
  address: { name: '20 bytes in hexadecimal', holds: (value) => isHex(value, 42) },
  bloom: { name: '256 bytes in hexadecimal', holds: (value) => isHex(value, 514) },
  seal: { name: '8 bytes in hexadecimal', holds: (value) => isHex(value, 18) },
  boolean: { name: 'true or false', holds: (value) => typeof value === 'boolean' },
  text: { name: 'a text', holds: (value) => typeof value === 'string' },
  ratio: { name: 'a number', holds: (value) => typeof value === 'number' && Number.isFinite(value) },
  any: { name: 'anything', holds: (value) => value !== undefined },
};

function isLeaf(leaf: Leaf, value: unknown): boolean {
  return LEAVES[leaf].holds(value);
}

/** @param length in characters, with 0x; undefined: any that is even */
function isHex(value: unknown, length?: number): value is string {
  if (typeof value !== 'string') return false;
  return (
    (length === undefined ? value.length % 2 === 0 : value.length === length) && /^0x[\da-fA-F]*$/.test(value)
  );
}

const must = (name: string, form: Form): CoreField => ({ name, form, isRequired: true });
const may = (name: string, form: Form): CoreField => ({ name, form, isRequired: false });
const listOf = (of: Form): ListForm => ({ kind: 'list', of });
const objectOf = (...fields: readonly CoreField[]): ObjectForm => ({ kind: 'object', core: () => fields });

const ACCESS_LIST = listOf(objectOf(must('address', 'address'), must('storageKeys', listOf('word'))));

/** EIP-7702. */
const AUTHORIZATIONS = listOf(
  objectOf(
    must('chainId', 'quantity'),
    must('address', 'address'),
    must('nonce', 'quantity'),
    { ...must('yParity', 'quantity'), alias: 'v' },
    must('r', 'quantity'),
    must('s', 'quantity'),
  ),
);

const MINED: readonly CoreField[] = [
  must('hash', 'word'),
  may('blockHash', 'word'),
  may('blockNumber', 'quantity'),
  may('transactionIndex', 'quantity'),
  must('from', 'address'),
  may('to', 'address'),
  must('nonce', 'quantity'),
  must('value', 'quantity'),
  must('gas', 'quantity'),
  must('input', 'data'),
  // Nodes from before EIP-2718 know no types.
  { ...may('type', 'quantity'), whenAbsent: '0x0' },
];
const SIGNATURE = [must('r', 'quantity'), must('s', 'quantity')];
/** Typed transactions have the parity of y, which some call v. */
const TYPED: readonly CoreField[] = [
  ...MINED,
  ...SIGNATURE,
  { ...must('yParity', 'quantity'), alias: 'v' },
  must('chainId', 'quantity'),
  must('accessList', ACCESS_LIST),
];
// What is paid in the end, gasPrice, is no part of these: some say the highest fee instead.
const FEES = [must('maxFeePerGas', 'quantity'), must('maxPriorityFeePerGas', 'quantity')];

/** By type. Other chains have types of their own (a deposit of Optimism is 0x7e), of which only what all have in common is core: its hash says the rest. */
const TRANSACTION_FIELDS: readonly (readonly CoreField[])[] = [
  [...MINED, ...SIGNATURE, must('v', 'quantity'), must('gasPrice', 'quantity')],
  [...TYPED, must('gasPrice', 'quantity')],
  [...TYPED, ...FEES],
  [...TYPED, ...FEES, must('maxFeePerBlobGas', 'quantity'), must('blobVersionedHashes', listOf('word'))],
  [...TYPED, ...FEES, must('authorizationList', AUTHORIZATIONS)],
];

const TRANSACTION: ObjectForm = {
  kind: 'object',
  core: (transaction) => TRANSACTION_FIELDS[typeOf(transaction)] ?? MINED,
};

function typeOf(value: JsonObject): number {
  return smallQuantityOf(memberOf(value, 'type') ?? '0x0') ?? -1;
}

const LOG = objectOf(
  must('address', 'address'),
  must('topics', listOf('word')),
  must('data', 'data'),
  may('blockHash', 'word'),
  may('blockNumber', 'quantity'),
  may('transactionHash', 'word'),
  may('transactionIndex', 'quantity'),
  may('logIndex', 'quantity'),
  { ...may('removed', 'boolean'), whenAbsent: false },
);
const LOGS: ListForm = { kind: 'list', of: LOG, isUnordered: true };

const RECEIPT_FIELDS: readonly CoreField[] = [
  must('transactionHash', 'word'),
  must('transactionIndex', 'quantity'),
  must('blockHash', 'word'),
  must('blockNumber', 'quantity'),
  must('from', 'address'),
  may('to', 'address'),
  may('contractAddress', 'address'),
  must('cumulativeGasUsed', 'quantity'),
  must('gasUsed', 'quantity'),
  may('effectiveGasPrice', 'quantity'),
  must('logs', LOGS),
  must('logsBloom', 'bloom'),
  // Before Byzantium (EIP-658) there is a root instead.
  may('status', 'quantity'),
  must('type', 'quantity'),
];
const BLOB_RECEIPT_FIELDS: readonly CoreField[] = [
  ...RECEIPT_FIELDS,
  may('blobGasUsed', 'quantity'),
  may('blobGasPrice', 'quantity'),
];

const RECEIPT: ObjectForm = {
  kind: 'object',
  core: (receipt) => (typeOf(receipt) === 3 ? BLOB_RECEIPT_FIELDS : RECEIPT_FIELDS),
};

/** All forks up to Osaka, and EIP-7928 and EIP-7843 of Amsterdam. */
const HEADER_FIELDS: readonly CoreField[] = [
  must('hash', 'word'),
  must('number', 'quantity'),
  must('parentHash', 'word'),
  must('sha3Uncles', 'word'),
  must('miner', 'address'),
  must('stateRoot', 'word'),
  must('transactionsRoot', 'word'),
  must('receiptsRoot', 'word'),
  must('logsBloom', 'bloom'),
  may('difficulty', 'quantity'),
  must('gasLimit', 'quantity'),
  must('gasUsed', 'quantity'),
  must('timestamp', 'quantity'),
  must('extraData', 'data'),
  may('mixHash', 'word'),
  may('nonce', 'seal'),
  may('baseFeePerGas', 'quantity'),
  may('withdrawalsRoot', 'word'),
  may('blobGasUsed', 'quantity'),
  may('excessBlobGas', 'quantity'),
  may('parentBeaconBlockRoot', 'word'),
  may('requestsHash', 'word'),
  may('blockAccessListHash', 'word'),
  may('slotNumber', 'quantity'),
];

const WITHDRAWALS = listOf(
  objectOf(
    must('index', 'quantity'),
    must('validatorIndex', 'quantity'),
    must('address', 'address'),
    must('amount', 'quantity'),
  ),
);

const BLOCK = objectOf(
  ...HEADER_FIELDS,
  must(
    'transactions',
    listOf({ kind: 'choice', of: (value) => (typeof value === 'string' ? 'word' : TRANSACTION) }),
  ),
  may('uncles', listOf('word')),
  may('withdrawals', WITHDRAWALS),
);

const PROOF = objectOf(
  must('address', 'address'),
  must('accountProof', listOf('data')),
  must('balance', 'quantity'),
  must('nonce', 'quantity'),
  must('codeHash', 'word'),
  must('storageHash', 'word'),
  must(
    'storageProof',
    listOf(objectOf(must('key', 'slot'), must('value', 'quantity'), must('proof', listOf('data')))),
  ),
);

const FEE_HISTORY = objectOf(
  must('oldestBlock', 'quantity'),
  may('baseFeePerGas', listOf('quantity')),
  may('gasUsedRatio', listOf('ratio')),
  may('reward', { kind: 'list', of: listOf('quantity'), mayBeLeftOut: true }),
);

const MADE_ACCESS_LIST = objectOf(
  must('accessList', {
    kind: 'list',
    of: objectOf(
      must('address', 'address'),
      must('storageKeys', { kind: 'list', of: 'word', isUnordered: true }),
    ),
    isUnordered: true,
  }),
  must('gasUsed', 'quantity'),
  may('error', 'text'),
);

/** What each shape is made of. */
export const FORMS: Readonly<Record<AnswerShape, Form>> = {
  quantity: 'quantity',
  data: 'data',
  word: 'word',
  address: 'address',
  boolean: 'boolean',
  text: 'text',
  any: 'any',
  block: BLOCK,
  uncle: objectOf(...HEADER_FIELDS),
  transaction: TRANSACTION,
  receipt: RECEIPT,
  receipts: listOf(RECEIPT),
  logs: LOGS,
  proof: PROOF,
  feeHistory: FEE_HISTORY,
  accessList: MADE_ACCESS_LIST,
};
