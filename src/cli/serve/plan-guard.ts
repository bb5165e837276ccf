import type { Catalog } from '../../catalog/index.ts';
import { digestOf, readText, type ReadLimits } from '../../document/load.ts';
import type { Role, Servable, Status, Succeeded, Succession, Via } from '../../serve/index.ts';
import { readPlan } from '../../plan/load.ts';
import { watchFiles, type WatchedFiles } from '../watch-files.ts';
import { modelOf, problemLine } from '../input.ts';
import { checkPlan, unreadPlan, type HeldPlan } from './check-plan.ts';
import type { Facts } from '../../guard/index.ts';
import type { GoodPlan } from './good-plan.ts';
import type { PlanContract } from './plan-contract.ts';
import { PlanJudge } from './judging.ts';
import { findingsOf, servedPlan } from './served-plan.ts';

export interface PlanGuardOptions {
  readonly root: string;
  readonly file: string;
  readonly role: Role;
  readonly limits: ReadLimits;
  readonly catalog: Catalog;
  readonly authority: string | undefined;
  /** Which addresses of any plan are reached elsewhere in this run. */
  readonly via: Via;
  /** Undefined: nothing is kept. */
  readonly good: GoodPlan | undefined;
  /** What the file is held to before it is read as a plan. */
  readonly contract: PlanContract | undefined;
}

type Offered = NonNullable<Status['offered']>;

interface Account {
  readonly by: string;
  readonly reason: string;
}

/** What came of looking at the file. */
export interface Looked {
  readonly kind: 'same' | 'loaded' | 'trying' | Exclude<Offered['state'], 'checking' | 'trying'>;
  readonly words: string;
}

/**
 * Nothing is said against a plan that was put off: it is offered again, each time after twice as long, since each time costs some requests
 * where it is to blame. @unit ms
 */
const AGAIN_MS = 10_000;
const MOST_AGAIN_MS = 600_000;
/** Once it may have seen first what the other saw a moment later; so often in a row, and each time alone, it is the plan. */
const MOST_MOVES = 3;
const MOST_SAID = 10;

/**
 * The only way by which another plan than the first comes into force: read, checked and solved beside everything else, held back where it leaves a core journey worse
 * than the one in force, tried, and kept once it is in force. Whatever is wrong with the file, the plan in force stays.
 */
export class PlanGuard {
  private readonly options: PlanGuardOptions;
  private readonly succession: Succession;
  private inForce: string;
  private facts: Facts | null;
  private looking: Promise<unknown> = Promise.resolve();
  private watched: WatchedFiles | undefined;
  private callOff: (() => void) | undefined;
  /** What was put off last, and for how long. */
  private again = { digest: '', afterMs: AGAIN_MS, moves: 0 };
  private isStopped = false;
  private readonly judge = new PlanJudge();

  /** @param inForce the plan that is served: its text, and what is known of its file */
  constructor(
    succession: Succession,
    inForce: { readonly text: string; readonly facts: Facts | null },
    options: PlanGuardOptions,
  ) {
    this.options = options;
    this.succession = succession;
    this.inForce = inForce.text;
    this.facts = inForce.facts;
  }

  /** From now on a change of the file is an offer. @param isBehind so is what is in it already */
  watch(isBehind: boolean): void {
    const { file, limits } = this.options;
    this.keep();
    this.watched = watchFiles([file], limits, () => {
      if (!this.isTried()) this.succession.giveUpTrial('Its file has changed.');
      void this.look({ isForced: false });
    });
    if (isBehind) void this.look({ isForced: false });
  }

  /** What is in the file is not taken, and why: also what the process has not begun with for that. */
  held({ digest, state, why }: HeldPlan): Looked {
    return this.say(digest, state, why);
  }

  stop(): void {
    this.isStopped = true;
    this.watched?.end();
    this.callOff?.();
    this.judge.stop();
  }

  /**
   * Offers what is in the file, after whatever is under way.
   *
   * @param onTrial called once it is being tried, which takes its time
   */
  look(order: {
    readonly isForced: boolean;
    /** Whose order it is, and why. @default nobody's: its file has changed */
    readonly account?: Account;
    readonly onTrial?: () => void;
    /** Also what was found wanting already. @default false */
    readonly isAgain?: boolean;
  }): Promise<Looked> {
    if (!order.isForced && this.isTried()) {
      order.onTrial?.();
      return Promise.resolve({ kind: 'trying', words: 'It is being tried.' });
    }
    // Who forces one has no time for the trial of another.
    if (order.isForced) this.succession.giveUpTrial('Another plan was forced.');
    const looked = this.looking.then(() => this.lookNow(order));
    this.looking = looked.catch((error: unknown) => this.broken(error));
    return looked;
  }

  /** Whether it is the very plan in the file that is being tried: who has it offered may be quicker than who watches. */
  private isTried(): boolean {
    const { file, limits } = this.options;
    const { offered } = this.succession;
    if (offered?.state !== 'trying') return false;
    const { text } = readText(file, limits);
    return text !== undefined && digestOf(text) === offered.digest;
  }

  private async lookNow({
    isForced,
    account,
    onTrial = () => {},
    isAgain = isForced,
  }: Parameters<PlanGuard['look']>[0]): Promise<Looked> {
    if (this.isStopped) return { kind: 'put-off', words: 'It is being stopped.' };
    const { file, limits, root, contract } = this.options;
    const read = this.watched?.read(file) ?? readText(file, limits);
    const { offered } = this.succession;
    const digest = read.text === undefined ? '' : digestOf(read.text);
    const isKnown = digest !== '' && offered?.digest === digest && !isAgain;
    // It is offered again when its time has come, not for being looked at.
    if (isKnown && offered.state === 'put-off') return { kind: 'put-off', words: offered.why.join(' ') };
    this.callOff?.();
    if (read.text === undefined) return this.held(unreadPlan(read.problem));
    const { text } = read;
    if (digest === digestOf(this.inForce)) {
      this.succession.tell(null);
      return { kind: 'same', words: 'The plan in the file is in force.' };
    }
    // What was found wanting is not offered again by itself.
    if (isKnown && isWanting(offered)) return { kind: 'refused', words: offered.why.join(' ') };
    this.succession.tell(this.offeredOf(digest, 'checking', []));
    const inForce = isForced ? null : this.inForce;
    const { held, facts } = await checkPlan(
      { root, file, text, contract, last: this.facts, inForce },
      this.judge,
    );
    if (held !== undefined) return this.held(held);
    const next = this.servable(text);
    if ('wrong' in next) return this.say(digest, 'refused', next.wrong);
    const outcome = await this.succession.offer(next, {
      isForced,
      onTrial: () => {
        this.succession.tell(this.offeredOf(digest, 'trying', []));
        onTrial();
      },
    });
    return this.settle({ text, facts }, digest, outcome, account);
  }

  private settle(
    { text, facts }: { readonly text: string; readonly facts: Facts | null },
    digest: string,
    outcome: Succeeded,
    account: Account | undefined,
  ): Looked {
    const { kind, words } = outcome;
    if (kind === 'put-off') {
      this.againLater(digest, outcome.hasMoved);
      if (this.again.moves < MOST_MOVES) return this.say(digest, kind, [words]);
      this.callOff?.();
      return this.say(digest, 'taken-back', [`${MOST_MOVES} times in a row: ${words}`]);
    }
    if (kind !== 'loaded') return this.say(digest, kind, [words]);
    this.inForce = text;
    this.facts = facts;
    this.keep();
    this.succession.tell(null);
    const why = account === undefined ? '' : ` Offered by ${account.by}: ${account.reason}`;
    this.succession.lasting.tell('plan', `A new plan: ${words} (${digest.slice(0, 19)}…)${why}`, 'info');
    return { kind, words };
  }

  /** @param hasMoved whether it was put off for what it did itself */
  private againLater(digest: string, hasMoved: boolean): void {
    const { digest: before, afterMs, moves } = this.again;
    const isSame = digest === before;
    this.again = {
      digest,
      afterMs: isSame ? Math.min(2 * afterMs, MOST_AGAIN_MS) : AGAIN_MS,
      moves: hasMoved ? (isSame ? moves : 0) + 1 : 0,
    };
    this.callOff = this.succession.lasting.time.after(
      this.again.afterMs,
      () => void this.look({ isForced: false, isAgain: true }),
    );
  }

  private servable(text: string): Servable | { readonly wrong: readonly string[] } {
    const { file, catalog, role, authority, via } = this.options;
    const { loaded, problems } = modelOf(readPlan(text, file), catalog);
    if (loaded === undefined) return { wrong: problems.map(problemLine) };
    const served = servedPlan(loaded.model, role, file, via);
    if ('problems' in served)
      return { wrong: [...served.problems.map(problemLine), ...served.errors.map(({ message }) => message)] };
    return { model: loaded.model, served, authority, findings: findingsOf(problems) };
  }

  private say(
    digest: string,
    state: Exclude<Offered['state'], 'checking' | 'trying'>,
    why: readonly string[],
  ): Looked {
    const said =
      why.length > MOST_SAID ? [...why.slice(0, MOST_SAID), `And ${why.length - MOST_SAID} more.`] : why;
    const before = this.succession.offered;
    this.succession.tell(this.offeredOf(digest, state, said));
    const words = `${OUTCOMES[state]} ${said.join(' ')}`;
    // Tried again and again, it is no news that it is still so.
    if (before?.digest !== digest || before.state === 'checking' || before.state === 'trying')
      this.succession.lasting.tell('plan', words, state === 'put-off' ? 'info' : 'warning');
    return { kind: state, words };
  }

  private offeredOf(digest: string, state: Offered['state'], why: readonly string[]): Offered {
    return { digest, state, why, at: new Date(this.succession.lasting.time.now()).toISOString() };
  }

  private keep(): void {
    const { lasting } = this.succession;
    try {
      this.options.good?.keep(this.inForce, lasting.time.now(), this.facts);
    } catch (error) {
      this.failed('plan-not-kept', error);
    }
  }

  /** Nobody knows whether the plan was to blame: what is known of it is said, and it is offered again. */
  private broken(error: unknown): void {
    this.failed('plan-not-offered', error);
    const { offered } = this.succession;
    if (offered?.state !== 'checking' && offered?.state !== 'trying') return;
    this.againLater(offered.digest, false);
    const why = error instanceof Error ? error.message : String(error);
    this.say(offered.digest, 'put-off', [`It could not be offered: ${why}`]);
  }

  private failed(what: string, error: unknown): void {
    const said = error instanceof Error ? error : String(error);
    this.succession.lasting.log.event('error', what, { error: said });
  }
}

function isWanting({ state }: Offered): boolean {
  return state === 'refused' || state === 'held-back' || state === 'taken-back';
}

const OUTCOMES: Readonly<Record<Exclude<Offered['state'], 'checking' | 'trying'>, string>> = {
  refused: 'The plan in the file is not taken:',
  'held-back':
    'The plan in the file is held back (keelson reload --force --reason TEXT takes it all the same):',
  'taken-back': 'The plan in the file was tried and taken back:',
  'put-off': 'The plan in the file is put off:',
};
