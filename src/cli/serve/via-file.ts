import { nearest } from '../../document/index.ts';
import { readBytes } from '../../document/load.ts';
import { KeelsonError } from '../../errors.ts';
import type { Plan } from '../../plan/index.ts';
import { printable, show } from '../../problems.ts';
import { addressesOf, readStrictObject, type Reached, type Via } from '../../serve/index.ts';
import type { Environment } from '../command.ts';

/** @unit bytes */
const MOST_BYTES = 2_000_000;
const MOST_ADDRESSES = 10_000;
/** Of more problems than so many the rest is counted. */
const MOST_SAID = 20;

/** Where addresses of a plan are reached in this run: a file of JSON, `{"127.0.0.1:7101": "127.0.0.1:39001"}`. */
export class ViaFile {
  readonly via: Via;
  private readonly file: string;
  /** What is wrong with it, whatever the plan. */
  private readonly wrong: readonly string[];

  private constructor(file: string, via: Via, wrong: readonly string[]) {
    this.file = file;
    this.via = via;
    this.wrong = wrong;
  }

  /** Reads it; what is wrong with it is said by `check`, with what is wrong for a plan. */
  static read(file: string): ViaFile {
    const { bytes, problem } = readBytes(file, { maxBytes: MOST_BYTES });
    if (bytes === undefined) {
      // Its bound is its own: no option raises it.
      const words =
        problem.code === 'file-too-large' ? `Expected at most ${MOST_BYTES} bytes.` : problem.message;
      return new ViaFile(file, new Map(), [words]);
    }
    const found = readStrictObject(Buffer.from(bytes));
    if (found.kind === 'refused') return new ViaFile(file, new Map(), [REFUSED[found.why]]);
    const entries = Object.entries(found.value);
    if (entries.length > MOST_ADDRESSES)
      return new ViaFile(file, new Map(), [
        `Expected at most ${MOST_ADDRESSES} addresses, found ${entries.length}.`,
      ]);
    return new ViaFile(file, ...readEntries(entries));
  }

  /**
   * Whether it can be used with the plan that is begun with: else all that is wrong with it is said, a line each.
   *
   * @param plan undefined where there is none: then what is wrong with the file alone is said
   * @throws KeelsonError `via-unusable`
   */
  check(plan: Plan | undefined, { err }: Pick<Environment, 'err'>): void {
    const wrong = [...this.wrong, ...(plan === undefined ? [] : this.unknown(plan))];
    if (wrong.length === 0) return;
    const more = wrong.length - MOST_SAID;
    const said = [...wrong.slice(0, MOST_SAID), ...(more > 0 ? [`And ${more} more.`] : [])];
    for (const line of said) err(`${printable(this.file)}: ${line}`);
    throw new KeelsonError('via-unusable', `The file ${this.file} of --via cannot be used.`, {
      hint: 'It maps HOST:PORT as it stands in the plan to HOST:PORT: docs/serve.md, "For drills"',
    });
  }

  private unknown(plan: Plan): string[] {
    const known = addressesOf(plan);
    return [...this.via.keys()]
      .filter((address) => !known.has(address))
      .map((address, i) => {
        // Looking through all of them takes time.
        const near = i < MOST_SAID ? nearest(address, known) : undefined;
        return `${show(address)} is no address that the plan connects to.${near === undefined ? '' : ` Did you mean ${show(near)}?`}`;
      });
  }
}

const REFUSED = {
  encoding: 'Expected UTF-8 text.',
  syntax: 'Expected JSON.',
  'not-an-object': 'Expected a JSON object of addresses.',
  'too-deep': 'Expected an object of addresses, found many within each other.',
  duplicate: 'An address stands in it twice.',
  character: 'Expected text that every program reads alike, found a character that none may hold.',
} as const;

function readEntries(entries: readonly (readonly [string, unknown])[]): [Via, string[]] {
  const via = new Map<string, Reached>();
  const wrong: string[] = [];
  for (const [key, value] of entries) {
    const from = placeIn(key);
    const to = typeof value === 'string' ? placeIn(value) : undefined;
    if (from === undefined) wrong.push(`Expected an address such as 127.0.0.1:7101, found ${show(key)}.`);
    if (to === undefined)
      wrong.push(
        `Expected for ${show(key)} an address such as 127.0.0.1:39001, found ${typeof value === 'string' ? show(value) : kindOf(value)}.`,
      );
    if (from === undefined || to === undefined) continue;
    const address = `${from.host}:${from.port}`;
    if (via.has(address)) wrong.push(`${show(address)} stands in it twice.`);
    via.set(address, { host: to.host.replace(/^\[|\]$/g, ''), port: to.port });
  }
  return [via, wrong];
}

/** `127.0.0.1:7101`, `[::1]:7101`, `site-a.example:443`; the host as a URL has it. */
function placeIn(text: string): Reached | undefined {
  const [, name = '', digits] =
    /^(\[[0-9a-f:.]{2,45}\]|[^\s:/?#@[\]\\%]{1,253}):(\d{1,5})$/i.exec(text) ?? [];
  const port = Number(digits);
  if (!(port >= 1 && port <= 65_535) || !URL.canParse(`http://${name}`)) return undefined;
  return { host: new URL(`http://${name}`).hostname, port };
}

function kindOf(value: unknown): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'a list' : typeof value === 'object' ? 'an object' : String(value);
}
