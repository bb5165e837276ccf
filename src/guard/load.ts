import { createHash, createPublicKey } from 'node:crypto';
import { existsSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { placeOf } from '../document/index.ts';
import { digestOf, readText } from '../document/load.ts';
import { MS_PER_HOUR } from '../units.ts';
import { problem, type Problem, type ProblemArguments, type ProblemCode } from '../problems.ts';
import { MOST_IN_MEMORY } from './contract-check.ts';
import type { ContractValue, HealthValue, Placed, SourceValue, TargetValue } from './contract-shape.ts';
import {
  parseContract,
  type Contract,
  type FileSource,
  type HealthRule,
  type JsonSchemaFile,
  type Origin,
  type PublicKey,
  type Signing,
  type Target,
} from './contract.ts';
import { fieldPath, parsePointer } from './pointer.ts';

export interface LoadedContract {
  /** Undefined when anything is wrong. */
  readonly contract: Contract | undefined;
  readonly problems: readonly Problem[];
}

/** Contracts are written by hand. @unit bytes */
const MOST_BYTES = 1_000_000;
/** @unit bytes */
const MOST_SCHEMA_BYTES = 4_000_000;
/** @unit bytes */
export const MOST_KEY_BYTES = 16_384;

/** Reads a contract and what it names (keys, schemas): all that is wrong with any of it comes back at once. */
export async function loadContract(file: string): Promise<LoadedContract> {
  const read = readText(file, { maxBytes: MOST_BYTES });
  if (read.text === undefined) return { contract: undefined, problems: [read.problem] };
  const { value, partial, source, problems } = parseContract(read.text, read.name);
  if (partial === undefined) return { contract: undefined, problems };
  const folder = file === '-' ? resolve('.') : dirname(resolve(file));
  const found: Problem[] = [];
  const named = new NamedFiles(folder, (at, code, args) =>
    found.push(problem(code, placeOf(source, at), args)),
  );
  const schema = await named.schema(partial.schema);
  const rowSchema = await named.schema(partial.rows?.schema);
  const keys = named.keys(partial.signed?.by ?? []);
  if (value === undefined || found.length > 0) {
    const all = [...problems, ...found].sort((a, b) => a.line - b.line || a.column - b.column);
    return { contract: undefined, problems: all };
  }
  const place = (path: Placed): string => resolve(folder, path.text);
  const rows = value.rows;
  return {
    problems,
    contract: {
      name: value.name,
      file: read.name,
      folder,
      digest: digestOf(read.text),
      format: value.format,
      limits: limitsOf(value),
      rows:
        rows === undefined
          ? undefined
          : {
              at: parsePointer(rows.at?.text ?? '') ?? [],
              schema: rowSchema,
              unique: (rows.unique ?? []).map((names) => ({
                names,
                paths:
                  value.format === 'text'
                    ? []
                    : names.map(value.format === 'csv' ? (one) => [one] : fieldPath),
              })),
              required: rows.required ?? [],
            },
      schema,
      change: {
        bytes: changeOf(value.change?.bytes),
        rows: changeOf(value.change?.rows),
        entries: changeOf(value.change?.entries),
      },
      version: originOf(value.version),
      expires: originOf(value.expires),
      signed: signingOf(value, keys, place),
      reader:
        value.reader === undefined
          ? undefined
          : {
              command: value.reader.command.words,
              timeMs: ms(value.reader.time, 5_000),
              memory: value.reader.memory ?? 256e6,
            },
      source: value.source === undefined ? undefined : sourceOf(value.source, folder, place),
      targets: (value.targets ?? []).map(({ name, value: target }) => targetOf(name, target, place)),
      canary: {
        watchMs: ms(value.canary?.watch, 30_000),
        ...(value.canary?.share === undefined
          ? { kind: 'targets', targets: value.canary?.targets ?? 1 }
          : { kind: 'share', share: value.canary.share }),
      },
      waves: value.waves?.map(({ share }) => share) ?? [1],
      watchMs: ms(value.watch, 10_000),
      health: (value.health ?? []).map(healthOf),
      steadyMs: ms(value.steady, 5_000),
      keep: value.keep ?? 5,
      drill: value.drill === undefined ? undefined : { environment: value.drill.environment },
    },
  };
}

/** The contract beside a file, by its name; undefined where there is none. */
export function contractBeside(file: string): string | undefined {
  return contractNames(file).find((name) => existsSync(name));
}

/** Where it is looked for. */
export function contractNames(file: string): readonly string[] {
  const stem = file.replace(/(?<=[^/\\])\.[^./\\]*$/, '');
  return [...new Set([`${stem}.contract.yaml`, `${file}.contract.yaml`])];
}

type Report = <C extends ProblemCode>(at: number, code: C, args: ProblemArguments<C>) => void;

/** Reads what a contract names. */
class NamedFiles {
  private readonly folder: string;
  readonly report: Report;

  constructor(folder: string, report: Report) {
    this.folder = folder;
    this.report = report;
  }

  async schema(path: Placed | undefined): Promise<JsonSchemaFile | undefined> {
    if (path === undefined || path.text === '') return undefined;
    const text = this.read(path, MOST_SCHEMA_BYTES);
    if (text === undefined) return undefined;
    // The library is loaded only where a contract has a schema.
    const { wrongWithSchema } = await import('./check/schema.ts');
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch {
      this.report(path.at, 'not-a-schema', { file: path.text, reason: 'it is not JSON' });
      return undefined;
    }
    const reason = wrongWithSchema(value);
    if (reason !== undefined) this.report(path.at, 'not-a-schema', { file: path.text, reason });
    return { file: path.text, value };
  }

  keys(paths: readonly Placed[]): readonly PublicKey[] {
    const known = new Map<string, PublicKey>();
    for (const path of paths) {
      const text = path.text === '' ? undefined : this.read(path, MOST_KEY_BYTES);
      if (text === undefined) continue;
      const key = publicKey(text, path.text);
      if (typeof key === 'string') {
        this.report(path.at, 'not-a-key', { file: path.text, found: key });
        continue;
      }
      const first = known.get(key.id);
      if (first !== undefined) this.report(path.at, 'key-twice', { file: path.text, first: first.file });
      else known.set(key.id, key);
    }
    return [...known.values()];
  }

  private read(path: Placed, maxBytes: number): string | undefined {
    const read = readText(resolve(this.folder, path.text), { maxBytes });
    if (read.text !== undefined) return read.text;
    const { message } = read.problem;
    const reason = message.replace(/^The file cannot be read: /, '').replace(/\.$/, '');
    this.report(path.at, 'named-file-unreadable', { file: path.text, reason });
    return undefined;
  }
}

/** A public key of ed25519, or what was found in its place. */
function publicKey(pem: string, file: string): PublicKey | string {
  if (/PRIVATE KEY/.test(pem)) return 'a private key, which has no place here';
  try {
    const key = createPublicKey(pem);
    if (key.asymmetricKeyType !== 'ed25519') return `a key of ${key.asymmetricKeyType ?? 'another kind'}`;
    const der = key.export({ type: 'spki', format: 'der' });
    return { id: keyId(der), der: der.toString('base64'), file };
  } catch {
    return 'something else';
  }
}

/** The first 16 bytes of the SHA-256 of a public key's SPKI in DER. */
export function keyId(der: Uint8Array): string {
  return createHash('sha256').update(der).digest('hex').slice(0, 32);
}

function limitsOf({ limits, format, schema, rows }: ContractValue): Contract['limits'] {
  const isHeld = format === 'yaml' || schema !== undefined;
  return {
    bytes: limits?.bytes ?? (isHeld ? MOST_IN_MEMORY : 100_000_000),
    rows: limits?.rows ?? (rows?.unique === undefined ? undefined : 2_000_000),
    entries: limits?.entries,
    keys: limits?.keys ?? 1_000_000,
    depth: limits?.depth ?? 64,
    text: limits?.text ?? 1_000_000,
    timeMs: ms(limits?.time, 60_000),
  };
}

function changeOf(change: { readonly grow?: number; readonly shrink?: number } | undefined) {
  return { grow: change?.grow, shrink: change?.shrink };
}

function originOf(origin: ContractValue['version']): Origin | undefined {
  if (origin === undefined) return undefined;
  if (origin.at === 'signed') return { kind: 'signed' };
  return { kind: 'at', at: parsePointer(origin.at) ?? [] };
}

function signingOf(
  { signed }: ContractValue,
  keys: readonly PublicKey[],
  place: (path: Placed) => string,
): Signing | undefined {
  if (signed === undefined) return undefined;
  return { keys, need: signed.need ?? 1, file: signed.file === undefined ? undefined : place(signed.file) };
}

function sourceOf(source: SourceValue, folder: string, place: (path: Placed) => string): FileSource {
  const when = { everyMs: ms(source.every, 5_000), settleMs: ms(source.settle, 200) };
  if (source.file !== undefined) return { kind: 'file', file: place(source.file), ...when };
  if (source.folder !== undefined)
    return { kind: 'folder', folder: place(source.folder), match: source.match ?? '*', ...when };
  const token = source.token?.startsWith('file:')
    ? `file:${resolve(folder, source.token.slice('file:'.length))}`
    : source.token;
  const authority = source.authority === undefined ? undefined : place(source.authority);
  return { kind: 'url', url: source.url ?? '', token, authority, ...when };
}

function targetOf(
  name: string,
  { file, reload, loaded }: TargetValue,
  place: (path: Placed) => string,
): Target {
  return {
    name,
    file: place(file),
    reload: reload === undefined ? undefined : { command: reload.command, timeMs: ms(reload.time, 10_000) },
    loaded:
      loaded === undefined
        ? undefined
        : {
            url: loaded.url,
            contains: loaded.contains ?? '{digest}',
            withinMs: ms(loaded.within, 10_000),
          },
  };
}

function healthOf(rule: HealthValue, index: number): HealthRule {
  const all = {
    name: rule.name ?? `rule ${index + 1}`,
    everyMs: ms(rule.every, 1_000),
    timeMs: ms(rule.time, 2_000),
    failures: rule.failures ?? 3,
    successes: rule.successes ?? 3,
  };
  if (rule.command !== undefined) return { kind: 'command', command: rule.command, ...all };
  if (rule.metric === undefined)
    return { kind: 'http', url: rule.url ?? '', status: rule.status, contains: rule.contains, ...all };
  const { name: metric = '', atMost, atLeast, rate = false } = rule;
  return { kind: 'metric', url: rule.metric, metric, atMost, atLeast, rate, ...all };
}

/** Durations of a contract are hours. */
function ms(hours: number | undefined, otherwise: number): number {
  return hours === undefined ? otherwise : Math.round(hours * MS_PER_HOUR);
}
