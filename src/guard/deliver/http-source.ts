import { KeelsonError } from '../../errors.ts';
import { askUrl, type UrlAnswer } from './ask-url.ts';
import { copyPathIn, discardCopy, PrivateCopy, type Copied } from './private-copy.ts';
import { systemSays } from './shown.ts';
import type { FullSourceOptions, Look, Source, SourcePlace } from './source.ts';
import { MOST_BESIDE } from './take-file.ts';

type UrlPlace = Extract<SourcePlace, { kind: 'url' }>;

/** What a server has said of the version that was taken last, for it to be asked whether there is another. */
type Validators = Readonly<Record<'if-none-match' | 'if-modified-since', string>> | Record<never, never>;

type Fetched =
  | { readonly kind: 'same' }
  | { readonly kind: 'none' }
  | { readonly kind: 'copied'; readonly copied: Copied; readonly validators: Validators }
  | { readonly kind: 'gone'; readonly why: string }
  | { readonly kind: 'too-large'; readonly why: string; readonly validators: Validators };

/** Longer ones are not sent back. @unit characters */
const LONGEST_VALIDATOR = 1_000;

/** A file behind a URL. No redirect is followed; a body whose end cannot be told from a lost connection is no file. */
export class HttpSource implements Source {
  readonly words: string;
  private readonly place: UrlPlace;
  private readonly options: FullSourceOptions;
  private validators: Validators = {};
  /** The digests of what was taken last, and of what belonged to it. */
  private taken = '';
  private companionTaken = '';

  constructor(place: UrlPlace, options: FullSourceOptions) {
    this.words = `${place.url.origin}${place.url.pathname}`;
    this.place = place;
    this.options = options;
  }

  forget(): void {
    this.validators = {};
    this.taken = '';
    this.companionTaken = '';
  }

  async look(signal: AbortSignal): Promise<Look> {
    const { incoming, beside } = this.options;
    const path = copyPathIn(incoming);
    let look: Look | undefined;
    try {
      look = await this.lookInto(path, signal);
    } catch (error) {
      look = { kind: 'gone', why: error instanceof KeelsonError ? error.message : systemSays(error) };
    }
    if (look.kind !== 'new') discardCopy(path, beside);
    return look;
  }

  private async lookInto(path: string, signal: AbortSignal): Promise<Look> {
    const { url } = this.place;
    const { beside, mostBytes } = this.options;
    const companion = beside === undefined ? NONE : await this.fetchCompanion(path, beside, signal);
    // It is asked for without conditions.
    if (companion.kind === 'same') return companion;
    if (companion.kind !== 'none' && companion.kind !== 'copied')
      return { kind: 'gone', why: `what belongs to it, at …${beside}: ${companion.why}` };
    const digest = companion.kind === 'copied' ? companion.copied.digest : '';
    const validators = digest === this.companionTaken ? this.validators : {};
    const found = await this.fetch(url, path, mostBytes, validators, signal);
    if (found.kind === 'none') return { kind: 'gone', why: 'answers 404' };
    if (found.kind === 'too-large' || found.kind === 'copied') this.validators = found.validators;
    if (found.kind !== 'copied') return found;
    if (found.copied.digest === this.taken && digest === this.companionTaken) return { kind: 'same' };
    this.taken = found.copied.digest;
    this.companionTaken = digest;
    const name = url.pathname.split('/').at(-1) ?? '';
    return { kind: 'new', ...found.copied, name, isAccompanied: companion.kind === 'copied' };
  }

  private fetchCompanion(path: string, beside: string, signal: AbortSignal): Promise<Fetched> {
    const url = new URL(this.place.url);
    url.pathname += beside;
    return this.fetch(url, `${path}${beside}`, MOST_BESIDE, {}, signal);
  }

  private async fetch(
    url: URL,
    path: string,
    most: number,
    validators: Validators,
    signal: AbortSignal,
  ): Promise<Fetched> {
    const { token, authority } = this.place;
    const headers = {
      ...(token === undefined ? {} : { authorization: `Bearer ${token()}` }),
      ...validators,
    };
    let copy: PrivateCopy | undefined;
    try {
      const outcome = await askUrl(
        { url, headers, timeoutMs: this.options.timeoutMs, authority },
        (answer) => {
          if (refusalOf(answer, most) !== undefined) return undefined;
          const opened = new PrivateCopy(path, most);
          copy = opened;
          return (chunk) => opened.write(chunk);
        },
        signal,
      );
      if (outcome.kind === 'failed') return { kind: 'gone', why: outcome.words };
      const { answer, isCut } = outcome;
      if (answer.status === 304 && Object.keys(validators).length > 0) return { kind: 'same' };
      const refusal = refusalOf(answer, most);
      if (refusal !== undefined || copy === undefined) return refusal ?? NONE;
      if (isCut) return tooLarge('goes on', most, answer);
      return { kind: 'copied', copied: copy.end(), validators: validatorsOf(answer) };
    } finally {
      copy?.close();
    }
  }
}

const NONE = { kind: 'none' } as const;

/** Why its body is not read; undefined when it is. */
function refusalOf(answer: UrlAnswer, most: number): Fetched | undefined {
  const { status, headers, isDelimited } = answer;
  if (status === 404 || status === 410) return NONE;
  if (status >= 300 && status < 400)
    return { kind: 'gone', why: `answers ${status}: a redirect is not followed` };
  if (status !== 200) return { kind: 'gone', why: `answers ${status}, expected 200` };
  if ((headers['content-encoding'] ?? 'identity').toLowerCase() !== 'identity')
    return { kind: 'gone', why: 'answers in an encoding that was not asked for' };
  if (!isDelimited) return { kind: 'gone', why: 'says neither a length nor where its answer ends' };
  const length = Number(headers['content-length'] ?? 0);
  return length > most ? tooLarge(`has ${length} bytes`, most, answer) : undefined;
}

function tooLarge(found: string, most: number, answer: UrlAnswer): Fetched {
  return { kind: 'too-large', why: `${found}, more than ${most} bytes`, validators: validatorsOf(answer) };
}

function validatorsOf({ headers }: UrlAnswer): Validators {
  const { etag, 'last-modified': modified } = headers;
  if (etag !== undefined && etag.length <= LONGEST_VALIDATOR) return { 'if-none-match': etag };
  return modified === undefined || modified.length > LONGEST_VALIDATOR
    ? {}
    : { 'if-modified-since': modified };
}
