import type { Try } from '../plan/index.ts';
import { MS_PER_HOUR } from '../units.ts';
import type { Answer } from './ask.ts';
import type { BreachKind } from './result.ts';

/** How a mode takes a request. */
export type Taken = 'forward' | 'snapshot' | 'static' | 'refused';

/** The mode that the gateway says an answer was given in. */
export interface SaidMode {
  readonly mode: string;
  readonly journey: string;
}

export interface Judged {
  /** counted: the user should have got something in this mode, and did or did not. */
  readonly verdict: 'good' | 'bad' | 'refused';
  /** What it says of itself; undefined where the gateway had no part in it. */
  readonly said: SaidMode | undefined;
  readonly breach: { readonly kind: BreachKind; readonly says: string } | undefined;
}

/** Reads `Keelson-Mode`: `cancel-only;journey=trade`, with strings where a name is no token. */
export function saidMode(header: string | undefined): SaidMode | undefined {
  const found = /^("?)([^";]{1,200})\1;journey=("?)([^";]{1,200})\3$/.exec(header ?? '');
  return found?.[2] === undefined || found[4] === undefined
    ? undefined
    : { mode: found[2], journey: found[4] };
}

/**
 * Whether a user got what the mode promises.
 *
 * @param taken how the mode that the answer says it was given in takes this request; undefined where it says none
 * @param still what `moves` says of this answer; undefined where it moves, or is not looked at
 */
export function judge(answer: Answer, one: Try, taken: Taken | undefined, still: string | undefined): Judged {
  if (answer.kind === 'none') return { verdict: 'bad', said: undefined, breach: undefined };
  const said = saidMode(answer.headers['keelson-mode']);
  const isOk = answer.status >= 200 && answer.status < 300;
  if (said === undefined) {
    const wrong = wrongIn(answer, one, 'forward') ?? still;
    // What nothing marks is taken as it is: a user cannot tell either.
    if (wrong === undefined) return { verdict: 'good', said, breach: undefined };
    const says = `Answered past the gateway, and ${wrong}.`;
    return { verdict: 'bad', said, breach: isOk ? { kind: 'bad-answer', says } : undefined };
  }
  if (taken === 'refused') {
    if (!isOk) return { verdict: 'refused', said, breach: undefined };
    const says = `${said.mode} is to refuse it, and it was answered ${answer.status}.`;
    return { verdict: 'refused', said, breach: { kind: 'lets-through', says } };
  }
  const wrong = wrongIn(answer, one, taken ?? 'forward');
  if (wrong !== undefined) {
    if (isRefusalOfMode(answer)) {
      const says = `${said.mode} lets it through, and it was refused.`;
      return { verdict: 'bad', said, breach: { kind: 'refuses', says } };
    }
    const says = `Answered, and ${wrong}.`;
    return { verdict: 'bad', said, breach: isOk ? { kind: 'bad-answer', says } : undefined };
  }
  if (still !== undefined) return { verdict: 'bad', said, breach: { kind: 'stale', says: still } };
  return { verdict: 'good', said, breach: undefined };
}

/** What is wrong with an answer, so that it can stand after "and"; undefined where nothing is. */
function wrongIn(
  answer: Extract<Answer, { kind: 'answer' }>,
  { good }: Try,
  taken: Taken,
): string | undefined {
  const { status, body, ms } = answer;
  if (taken === 'static')
    return status === 200 && body.trim() !== ''
      ? undefined
      : `the page is ${status}, ${body.length} characters`;
  const isFit = good?.status === undefined ? status >= 200 && status < 300 : status === good.status;
  if (!isFit) return `its status is ${status}`;
  if (good?.contains !== undefined && !body.includes(good.contains))
    return body.trim() === '' ? 'it is empty' : 'it does not hold what a good answer holds';
  if (good?.lacks !== undefined && body.includes(good.lacks)) return 'it holds what it must not';
  const withinMs = (good?.within ?? Number.POSITIVE_INFINITY) * MS_PER_HOUR;
  if (ms > withinMs) return `it took ${Math.round(ms)} ms, more than ${Math.round(withinMs)}`;
  return undefined;
}

function isRefusalOfMode({ status, body }: Extract<Answer, { kind: 'answer' }>): boolean {
  return status >= 400 && body.includes('urn:keelson:problem:mode');
}

/** The value at `a.b.c` of a JSON text, as text; undefined where there is none. */
export function fieldOf(body: string, path: string): string | undefined {
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch {
    return undefined;
  }
  for (const key of path.split('.')) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined;
    value = (value as Record<string, unknown>)[key]; // an object, as just checked
  }
  if (typeof value === 'string') return value;
  try {
    return JSON.stringify(value);
  } catch {
    // Nested deeper than can be written.
    return undefined;
  }
}
