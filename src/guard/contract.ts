import { parseDocument, Reader, type JsonSchema, type Source } from '../document/index.ts';
import type { Problem } from '../problems.ts';
import { checkContract } from './contract-check.ts';
import {
  contractShape,
  type ContractValue,
  type DrillEnvironment,
  type Format,
  type RequiredRow,
} from './contract-shape.ts';

export {
  FORMATS,
  parseSize,
  type DrillEnvironment,
  type Format,
  type RequiredRow,
} from './contract-shape.ts';

/** What a file must be, ready to be held against one: plain data, defaults filled in, paths absolute. */
export interface Contract {
  readonly name: string;
  /** Its own file, as it was named. */
  readonly file: string;
  /** Absolute; what it names is looked for here, and its commands run here. */
  readonly folder: string;
  /** Of its text. */
  readonly digest: string;
  readonly format: Format;
  readonly limits: Limits;
  readonly rows: RowRules | undefined;
  readonly schema: JsonSchemaFile | undefined;
  readonly change: { readonly bytes: Change; readonly rows: Change; readonly entries: Change };
  readonly version: Origin | undefined;
  readonly expires: Origin | undefined;
  readonly signed: Signing | undefined;
  readonly reader: ShadowReader | undefined;
  readonly source: FileSource | undefined;
  readonly targets: readonly Target[];
  readonly canary: Canary;
  /** Shares of all targets, rising to 1. */
  readonly waves: readonly number[];
  readonly watchMs: number;
  readonly health: readonly HealthRule[];
  readonly steadyMs: number;
  readonly keep: number;
  /** Undefined: it may not be drilled. */
  readonly drill: { readonly environment: DrillEnvironment } | undefined;
}

/** Undefined is without a limit. */
export interface Limits {
  readonly bytes: number;
  readonly rows: number | undefined;
  readonly entries: number | undefined;
  readonly keys: number;
  readonly depth: number;
  /** @unit bytes of UTF-8 */
  readonly text: number;
  readonly timeMs: number;
}

export interface RowRules {
  /** The steps of a JSON Pointer. */
  readonly at: readonly string[];
  readonly schema: JsonSchemaFile | undefined;
  /** Each: steps of fields that stand once together. Of text one without fields: the line. */
  readonly unique: readonly UniqueFields[];
  readonly required: readonly RequiredRow[];
}

export interface UniqueFields {
  /** As the contract writes them. */
  readonly names: readonly string[];
  readonly paths: readonly (readonly string[])[];
}

export interface JsonSchemaFile {
  readonly file: string;
  readonly value: unknown;
}

/** Shares of what the last good one had; undefined is not compared. */
export interface Change {
  readonly grow: number | undefined;
  readonly shrink: number | undefined;
}

/** Where something stands in the file (the steps of a JSON Pointer), or that it is in the signed statement. */
export type Origin = { readonly kind: 'at'; readonly at: readonly string[] } | { readonly kind: 'signed' };

export interface Signing {
  readonly keys: readonly PublicKey[];
  readonly need: number;
  /** Undefined is beside the guarded file. */
  readonly file: string | undefined;
}

export interface PublicKey {
  /** The first 16 bytes of the SHA-256 of its SPKI in DER, in hexadecimal. */
  readonly id: string;
  /** SPKI in DER, base64. */
  readonly der: string;
  readonly file: string;
}

export interface ShadowReader {
  /** `{file}` stands for the copy that it reads. */
  readonly command: readonly string[];
  readonly timeMs: number;
  /** @unit bytes */
  readonly memory: number;
}

export type FileSource = {
  readonly everyMs: number;
  readonly settleMs: number;
} & (
  | { readonly kind: 'file'; readonly file: string }
  | { readonly kind: 'folder'; readonly folder: string; readonly match: string }
  | {
      readonly kind: 'url';
      readonly url: string;
      /** env:NAME, or file: and an absolute path. */
      readonly token: string | undefined;
      readonly authority: string | undefined;
    }
);

export interface Target {
  readonly name: string;
  readonly file: string;
  readonly reload: { readonly command: readonly string[]; readonly timeMs: number } | undefined;
  readonly loaded: { readonly url: string; readonly contains: string; readonly withinMs: number } | undefined;
}

export type Canary = { readonly watchMs: number } & (
  | { readonly kind: 'targets'; readonly targets: number }
  | { readonly kind: 'share'; readonly share: number }
);

export type HealthRule = {
  readonly name: string;
  readonly everyMs: number;
  readonly timeMs: number;
  readonly failures: number;
  readonly successes: number;
} & (
  | {
      readonly kind: 'http';
      readonly url: string;
      /** Undefined is any of 200 to 299. */
      readonly status: number | undefined;
      readonly contains: string | undefined;
    }
  | { readonly kind: 'command'; readonly command: readonly string[] }
  | {
      readonly kind: 'metric';
      readonly url: string;
      /** Such as `errors_total{kind="5xx"}`. */
      readonly metric: string;
      readonly atMost: number | undefined;
      readonly atLeast: number | undefined;
      /** Whether its growth in a second counts, between two looks. */
      readonly rate: boolean;
    }
);

export interface ParsedContract {
  /** Undefined when anything is wrong. */
  readonly value: ContractValue | undefined;
  /** What could be read where something is wrong: good for finding more, nothing else. */
  readonly partial: ContractValue | undefined;
  readonly source: Source;
  readonly problems: readonly Problem[];
}

/** Reads a contract from the text of its file, and says what contradicts itself. @param file the name that problems carry */
export function parseContract(contract: string, file: string): ParsedContract {
  const document = parseDocument(contract, file);
  if (document.root === undefined)
    return { value: undefined, partial: undefined, source: document.source, problems: document.problems };
  const into = new Reader(document.source, document.broken);
  const value = contractShape.read(document.root, into);
  checkContract(value, into);
  const problems = [...document.problems, ...into.problems].sort(
    (a, b) => a.line - b.line || a.column - b.column,
  );
  const isGood = problems.length === 0;
  return { value: isGood ? value : undefined, partial: value, source: document.source, problems };
}

/** JSON Schema (draft 2020-12) of a contract, for editors. */
export function contractJsonSchema(): JsonSchema {
  const definitions: Record<string, JsonSchema> = {};
  const schema = contractShape.schema(definitions);
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'Contract of a file that Keelson guards',
    ...schema,
  };
}
