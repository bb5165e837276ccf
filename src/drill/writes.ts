import type { WritesResult } from './result.ts';
import { MOST_LISTED_BYTES, words, type Tried, type Users } from './users.ts';

/** More are not looked up one by one. */
const MOST_LOOKED_UP = 100;
/** What has not been looked up by then is not. @unit ms */
const LOOKED_UP_WITHIN_MS = 30_000;
/** Kept of one request of a plan; then the oldest go. */
const MOST_KEPT = 5_000;

interface Write {
  readonly unique: string;
  readonly isAnswered: boolean;
}

/** What was to be done once: each word that was sent is looked for where the plan says that it is listed. */
export class Writes {
  private readonly users: Users;
  private readonly journeys: readonly string[];
  private readonly byTry = new Map<string, Write[]>();

  constructor(users: Users, journeys: readonly string[]) {
    this.users = users;
    this.journeys = journeys;
  }

  begin(): void {
    this.byTry.clear();
  }

  take(journey: number, tried: readonly Tried[]): void {
    for (const { attempt } of this.users.once(journey)) {
      const key = `${journey} ${attempt}`;
      const known = this.byTry.get(key) ?? [];
      this.byTry.set(key, known);
      for (const one of tried)
        if (one.attempt === attempt)
          known.push({ unique: one.unique, isAnswered: one.judged.verdict === 'good' });
      if (known.length > MOST_KEPT) known.splice(0, known.length - MOST_KEPT);
    }
  }

  /** What became of all that was sent since it began. What cannot be looked up is not counted. @param signal whether anybody still waits */
  async account(signal: AbortSignal): Promise<WritesResult[]> {
    const results: WritesResult[] = [];
    const lastMs = performance.now() + LOOKED_UP_WITHIN_MS;
    for (const [journey, name] of this.journeys.entries())
      for (const { attempt, one } of this.users.once(journey)) {
        // Users go on writing: what comes after this moment is not in what is listed now.
        const writes = [...(this.byTry.get(`${journey} ${attempt}`) ?? [])];
        const isEach = one.once?.at.path.includes('{unique}') === true;
        const looked = isEach ? sampleOf(writes) : writes;
        const listing = isEach ? undefined : await this.textOf(one, '');
        let twice = 0;
        let lost = 0;
        for (const { unique, isAnswered } of looked) {
          if (signal.aborted || performance.now() > lastMs) break;
          const text = listing ?? (isEach ? await this.textOf(one, unique) : undefined);
          if (text === undefined) continue;
          const times = text.split(unique).length - 1;
          if (times > 1) twice++;
          if (isAnswered && times === 0) lost++;
        }
        const answered = writes.filter(({ isAnswered }) => isAnswered).length;
        results.push({ journey: name, send: words(one.send), sent: writes.length, answered, twice, lost });
      }
    return results;
  }

  private async textOf(one: Parameters<Users['listed']>[0], unique: string): Promise<string | undefined> {
    const answer = await this.users.listed(one, unique);
    if (answer.kind !== 'answer' || answer.status >= 300) return undefined;
    // What is from before, or not all of it, tells nothing of what is missing.
    const isWhole = Buffer.byteLength(answer.body) <= MOST_LISTED_BYTES;
    return isWhole && answer.headers['keelson-snapshot'] === undefined ? answer.body : undefined;
  }
}

/** Those that were not answered first: they are the ones that are sent again. */
function sampleOf(writes: readonly Write[]): readonly Write[] {
  return [...writes].sort((a, b) => Number(a.isAnswered) - Number(b.isAnswered)).slice(0, MOST_LOOKED_UP);
}
