import { KeelsonError } from '../../errors.ts';
import { printable } from '../../problems.ts';
import type { Environment } from '../command.ts';
import { progressLine } from '../progress.ts';
import { failurePage, type LivePage, type PageRequest } from './page.ts';
import { watchFiles, type WatchedFiles } from '../watch-files.ts';
import { beginPage, type Making } from './worker.ts';

/** Called with each page that is made, and the places of the plans that were saved since the one before. */
type Follower = (page: LivePage, saved: readonly number[]) => void;

/** The page of plans, made anew whenever one of them is saved. A page that is overtaken by a save is not made to its end. */
export class LivePlans {
  private readonly request: PageRequest;
  private readonly environment: Environment;
  private readonly watched: WatchedFiles;
  private making: Making | undefined;
  /** Saved, and in no page yet. */
  private readonly saved = new Set<number>();
  private follower: Follower | undefined;
  private isClosed = false;

  constructor(request: PageRequest, environment: Environment) {
    this.request = request;
    this.environment = environment;
    // Before the first page is made, so that nothing is missed.
    this.watched = watchFiles(request.files, request.limits, (changed) => this.take(changed));
  }

  /** The first page. What stops it is thrown, for there is nothing to show yet. Undefined when closed meanwhile. */
  first(): Promise<LivePage | undefined> {
    return this.make();
  }

  /** From now on, whoever is given is told of every page. */
  follow(follower: Follower): void {
    this.follower = follower;
    if (this.saved.size > 0) void this.remake();
  }

  close(): void {
    this.isClosed = true;
    this.watched.end();
    this.making?.stop();
  }

  private take(changed: readonly number[]): void {
    for (const i of changed) this.saved.add(i);
    if (this.follower !== undefined) void this.remake();
  }

  private async remake(): Promise<void> {
    this.making?.stop();
    const page = await this.make().catch((error: unknown) => this.failed(error));
    // Another was begun meanwhile, or nobody wants it any more.
    if (page === undefined || this.isClosed) return;
    const saved = [...this.saved];
    this.saved.clear();
    this.follower?.(page, saved);
  }

  private async make(): Promise<LivePage | undefined> {
    const line = progressLine(this.environment);
    const making = beginPage(this.request, line.show);
    this.making = making;
    try {
      const page = await making.page;
      return this.making === making ? page : undefined;
    } catch (error) {
      if (this.making === making) throw error;
      return undefined;
    } finally {
      line.clear();
    }
  }

  /** The page that says what went wrong; where not even that can be made, the last one stays. */
  private failed(error: unknown): LivePage | undefined {
    const failure = failureOf(error);
    try {
      return failurePage(this.request, failure);
    } catch {
      this.environment.err(`keelson: ${printable(failure.message)} (${failure.code})`);
      return undefined;
    }
  }
}

/** What nobody foresaw does not end a page that is open: it is shown there. */
function failureOf(error: unknown): KeelsonError {
  if (error instanceof KeelsonError) return error;
  const message = error instanceof Error ? error.message : String(error);
  return new KeelsonError('worker-failed', `The page was not made, by a defect of Keelson: ${message}`, {
    cause: error,
  });
}
