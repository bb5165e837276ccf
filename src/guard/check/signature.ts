import { createPublicKey, verify } from 'node:crypto';
import { readBytes } from '../../document/load.ts';
import type { PublicKey, Signing } from '../contract.ts';
import { Violations } from '../violations.ts';
import { MemoryBytes } from './input.ts';
import { scanJson } from './json.ts';
import { momentOf } from './moment.ts';

/*
 * Statements about a file in envelopes of DSSE (https://github.com/secure-systems-lab/dsse): what is signed is the type and the bytes of the
 * statement, so nothing is parsed before its signature holds.
 */

export const PAYLOAD_TYPE = 'application/vnd.keelson.release+json';

/** What somebody signs: that these bytes are this version of that file. */
export interface Statement {
  /** The name in the contract. */
  readonly name: string;
  readonly version: number;
  readonly digest: string;
  readonly bytes: number;
  /** RFC 3339. */
  readonly expires?: string;
}

export interface Envelope {
  readonly payloadType: string;
  /** Base64. */
  readonly payload: string;
  readonly signatures: readonly { readonly keyid?: string; readonly sig: string }[];
}

export interface Signed {
  /** Null where too few have signed it, or it cannot be read. */
  readonly statement: Statement | null;
  /** Ids of the keys whose signatures hold. */
  readonly by: readonly string[];
}

/** Envelopes are small. @unit bytes */
export const MOST_ENVELOPE_BYTES = 65_536;
/** Each is held against each key. */
const MOST_SIGNATURES = 100;
const NOBODY: Signed = { statement: null, by: [] };

/** Reads the envelope of a file, and says what is wrong with who has signed. Whether the statement is about this file is not looked at yet. */
export function readSigned(file: string | undefined, signing: Signing, violations: Violations): Signed {
  if (file === undefined) {
    violations.add('unsigned', { file: '(standard input)', reason: 'standard input has none beside it' });
    return NOBODY;
  }
  const read = readBytes(file, { maxBytes: MOST_ENVELOPE_BYTES });
  if (read.bytes === undefined) {
    const reason = read.problem.message.replace(/^The file cannot be read: |\.$/g, '');
    if (read.problem.code === 'file-too-large')
      violations.add('envelope-wrong', {
        reason: `expected at most ${MOST_ENVELOPE_BYTES} bytes, found more`,
      });
    else violations.add('unsigned', { file, reason });
    return NOBODY;
  }
  const envelope = envelopeOf(read.bytes);
  if (typeof envelope === 'string') {
    violations.add('envelope-wrong', { reason: envelope });
    return NOBODY;
  }
  const body = Buffer.from(envelope.payload, 'base64');
  const by = signersOf(envelope, body, signing.keys);
  if (by.length < signing.need) {
    violations.add('too-few-signatures', { need: signing.need, found: by.length });
    return { statement: null, by };
  }
  const statement = statementOf(body);
  if (typeof statement !== 'string') return { statement, by };
  violations.add('envelope-wrong', { reason: statement });
  return { statement: null, by };
}

/** What is signed: the pre-authentication encoding. */
export function preAuthentication(payloadType: string, body: Uint8Array): Uint8Array {
  const type = Buffer.from(payloadType);
  return Buffer.concat([Buffer.from(`DSSEv1 ${type.length} `), type, Buffer.from(` ${body.length} `), body]);
}

/** Keys by which a signature holds, each once. What an envelope says of key ids is a hint only. */
function signersOf(
  { payloadType, signatures }: Envelope,
  body: Uint8Array,
  keys: readonly PublicKey[],
): readonly string[] {
  const signedBytes = preAuthentication(payloadType, body);
  return keys
    .filter(({ id, der }) => {
      const key = createPublicKey({ key: Buffer.from(der, 'base64'), format: 'der', type: 'spki' });
      return signatures.some(({ keyid, sig }) => {
        if (keyid !== undefined && keyid !== '' && keyid !== id) return false;
        const bytes = Buffer.from(sig, 'base64');
        return bytes.length === 64 && verify(null, signedBytes, key, bytes);
      });
    })
    .map(({ id }) => id);
}

/** The envelope that bytes are, or why they are none. */
export function envelopeOf(bytes: Uint8Array): Envelope | string {
  const { value, wrong } = strictly(bytes);
  if (wrong !== undefined) return wrong;
  if (!isObject(value)) return 'expected an object, found something else';
  if (Object.keys(value).some((key) => !['payload', 'payloadType', 'signatures'].includes(key)))
    return 'expected payload, payloadType and signatures, found more';
  const { payload, payloadType, signatures } = value;
  if (payloadType !== PAYLOAD_TYPE) return `expected payloadType ${PAYLOAD_TYPE}, found another`;
  if (!isBase64(payload)) return 'expected payload in base64, found something else';
  if (!Array.isArray(signatures)) return 'expected a list of signatures, found something else';
  if (signatures.length > MOST_SIGNATURES)
    return `expected at most ${MOST_SIGNATURES} signatures, found more`;
  const good: { keyid?: string; sig: string }[] = [];
  for (const one of signatures as readonly unknown[]) {
    if (!isObject(one) || !isBase64(one.sig))
      return 'expected a signature as {keyid, sig}, found something else';
    const { keyid, sig } = one;
    if (keyid !== undefined && typeof keyid !== 'string')
      return 'expected keyid as a text, found something else';
    good.push(keyid === undefined ? { sig } : { keyid, sig });
  }
  return { payloadType, payload, signatures: good };
}

/** The statement that bytes are, or why they are none. */
function statementOf(bytes: Uint8Array): Statement | string {
  const { value, wrong } = strictly(bytes);
  if (wrong !== undefined) return `in the statement ${wrong}`;
  if (!isObject(value)) return 'expected an object as statement, found something else';
  const known = ['name', 'version', 'digest', 'bytes', 'expires'];
  if (Object.keys(value).some((key) => !known.includes(key)))
    return `expected ${known.join(', ')} in the statement, found more`;
  const { name, version, digest, bytes: size, expires } = value;
  if (typeof name !== 'string') return 'expected a name in the statement, found none';
  if (!isCount(version)) return 'expected a whole number as version in the statement, found something else';
  if (typeof digest !== 'string' || !/^sha256:[0-9a-f]{64}$/.test(digest))
    return 'expected a digest as sha256: and 64 digits in the statement, found something else';
  if (!isCount(size)) return 'expected a whole number as bytes in the statement, found something else';
  if (expires === undefined) return { name, version, digest, bytes: size };
  if (typeof expires !== 'string' || momentOf(expires) === undefined)
    return 'expected a moment such as 2026-12-01T00:00:00Z as expires in the statement, found something else';
  return { name, version, digest, bytes: size, expires };
}

/** JSON by the rules that files are held to. */
function strictly(bytes: Uint8Array): { readonly value: unknown; readonly wrong: string | undefined } {
  const found = new Violations();
  const limits = { rows: undefined, entries: undefined, keys: 1000, depth: 4, text: MOST_ENVELOPE_BYTES };
  const wishes = { rowsAt: [], expectsRows: false, onRow: undefined, values: [], whole: true };
  const { whole } = scanJson(new MemoryBytes(bytes), limits, wishes, found);
  const [first] = found.all;
  const wrong =
    first === undefined ? undefined : `${first.line}:${first.column} ${first.message.replace(/\.$/, '')}`;
  return { value: whole, wrong };
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isBase64(value: unknown): value is string {
  return typeof value === 'string' && /^[A-Za-z0-9+/_-]*={0,2}$/.test(value);
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}
