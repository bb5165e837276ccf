import { askUrl, HeardText, type UrlFailure } from './ask-url.ts';
import type { Asker, ProbeRule, Seen } from './probe.ts';
import { shown } from './shown.ts';

/** Of what is looked through. @unit bytes */
const MOST_HEARD = 65_536;
/** What is of our side or of the way there says nothing of who is asked. */
export const OURS: ReadonlySet<UrlFailure> = new Set(['unreachable', 'aborted']);

/** Well when the answer has the status and the text that are expected. Who refuses connections is not well. */
export class HttpProbe implements Asker {
  private readonly rule: Extract<ProbeRule, { kind: 'http' }>;
  private readonly timeoutMs: number;

  constructor(rule: Extract<ProbeRule, { kind: 'http' }>, timeoutMs: number) {
    this.rule = rule;
    this.timeoutMs = timeoutMs;
  }

  async ask(signal: AbortSignal): Promise<Seen> {
    const { url, status: expected, contains } = this.rule;
    const heard = new HeardText(MOST_HEARD);
    const outcome = await askUrl(
      { url, timeoutMs: this.timeoutMs },
      () => (contains === undefined ? undefined : (chunk) => heard.hear(chunk)),
      signal,
    );
    if (outcome.kind === 'failed')
      return { kind: OURS.has(outcome.why) ? 'none' : 'bad', words: outcome.words };
    const { status } = outcome.answer;
    const isExpected = expected === undefined ? status >= 200 && status < 300 : status === expected;
    if (!isExpected) return { kind: 'bad', words: `answers ${status}, expected ${expected ?? '200 to 299'}` };
    if (contains !== undefined && !heard.text().includes(contains))
      return { kind: 'bad', words: `answers ${status} without "${shown(contains)}"` };
    return { kind: 'good', words: `answers ${status}` };
  }
}
