import { Ajv, type ValidateFunction } from 'ajv';
import { Ajv2020 } from 'ajv/dist/2020.js';
import type { JsonSchemaFile } from '../contract.ts';

/* The only file that knows ajv. */

/** Holds a value against a schema. What does not fit comes back, at most `most`. */
export type Fits = (value: unknown) => readonly Misfit[];

export interface Misfit {
  /** JSON Pointer within the value. */
  readonly path: string;
  readonly message: string;
}

/** Why a value is no JSON Schema that can be used; undefined when it is one. */
export function wrongWithSchema(schema: unknown): string | undefined {
  try {
    compile(schema, false);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** @param coerces values are texts, and are read as what the schema expects */
export function compileSchema(schema: JsonSchemaFile, coerces: boolean): Fits {
  const known = compiled.get(schema);
  if (known !== undefined) return known;
  const validate = compile(schema.value, coerces);
  const fits: Fits = (value) => {
    if (validate(value)) return [];
    return (validate.errors ?? [])
      .slice(0, MOST_MISFITS)
      .map(({ instancePath, message, params, keyword }) => ({
        path: instancePath,
        message: `${message ?? keyword}${detail(keyword, params)}`,
      }));
  };
  compiled.set(schema, fits);
  return fits;
}

/**
 * For whoever judges many files in one thread: compiling takes longer than a small file. By the file of a contract that was loaded, which says
 * always the same whether values are texts.
 */
const compiled = new WeakMap<JsonSchemaFile, Fits>();
const MOST_MISFITS = 20;

function detail(keyword: string, params: Record<string, unknown>): string {
  if (keyword === 'additionalProperties') return ` (${JSON.stringify(params.additionalProperty)})`;
  if (keyword === 'enum') return ` ${JSON.stringify(params.allowedValues)}`;
  if (keyword === 'const') return ` ${JSON.stringify(params.allowedValue)}`;
  return '';
}

function compile(schema: unknown, coerces: boolean): ValidateFunction {
  if (typeof schema !== 'boolean' && (typeof schema !== 'object' || schema === null || Array.isArray(schema)))
    throw new Error('it is neither an object nor true or false');
  const said = typeof schema === 'object' && '$schema' in schema ? String(schema.$schema) : '';
  const options = {
    strict: true,
    strictTypes: false,
    strictTuples: false,
    strictRequired: false,
    allErrors: true,
    validateFormats: false,
    coerceTypes: coerces,
    logger: false,
    ownProperties: true,
  } as const;
  if (/draft-07/.test(said)) return new Ajv(options).compile(schema);
  if (said === '' || /draft\/2020-12/.test(said)) return new Ajv2020(options).compile(schema);
  throw new Error('its $schema is neither that of draft-07 nor that of draft 2020-12');
}
