/** Plans offered to a running gateway one after the other, under load, and what became of each. */
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { fileURLToPath } from 'node:url';
import type { Status } from '../../src/serve/index.ts';
import { randomStream } from '../../src/random.ts';
import {
  askedOf,
  BODY,
  familyOf,
  PlanMutations,
  written,
  type Mutant,
  type Sites,
} from './plan-mutations.ts';
import { digestIn, PlanTruth, type Asked, type Tree } from './plan-truth.ts';
import type { SiteProcess } from './traffic.ts';

/** A gateway as a process of its own. */
export interface Offered {
  readonly pid: number;
  readonly url: string;
  /** Where it takes orders. */
  readonly socket: string;
  /** The plan that it watches. */
  readonly file: string;
}

export interface OfferOptions {
  readonly gateway: Offered;
  readonly sites: readonly SiteProcess[];
  readonly urls: Sites;
  readonly schema: object;
  /** The plan that it was started with. */
  readonly plan: Tree;
  readonly bad: number;
  readonly good: number;
  readonly seed?: number;
  /** Of the bad ones, how many only a trial finds. @default 0.02 */
  readonly trialShare?: number;
  /** After so many another plan of the family. @default 250 */
  readonly familyEvery?: number;
  /** Connections that ask, and how long each waits after an answer. @default 8, 5 ms */
  readonly clients?: number;
  readonly pauseMs?: number;
  readonly onProgress?: (words: string) => void;
}

export interface OfferResult {
  readonly offers: number;
  /** By kind and what was found of them. */
  readonly counts: Readonly<Record<string, number>>;
  readonly badLoaded: readonly string[];
  readonly goodNotLoaded: readonly string[];
  /** Those that were put off, and taken when they were offered again. */
  readonly putOff: number;
  /** What the gateway alone decides, and what it decided: these count as neither. */
  readonly undecided: readonly string[];
  readonly requests: number;
  readonly repeats: number;
  /** Answers that were wrong, or none, while nothing bad was tried. */
  readonly wrong: readonly string[];
  /** The same by plans that were being tried, over all and for the worst one. */
  readonly wrongOnTrial: number;
  readonly worstTrial: number;
  /** Writes that a part has carried out twice; that were answered and not carried out. */
  readonly doubled: number;
  readonly invented: number;
  /** An offer that was refused before a trial, from the file until the answer. @unit ms */
  readonly refusedMs: { readonly median: number; readonly p99: number };
  readonly takenMs: { readonly median: number; readonly p99: number };
  readonly perSecond: number;
  readonly medianMs: number;
  readonly p99Ms: number;
  /** The longest that nobody was answered, and that the one who asks was held up itself. @unit ms */
  readonly longestGapMs: number;
  readonly longestStallMs: number;
  /** @unit bytes */
  readonly memory: readonly number[];
  readonly seconds: number;
}

interface Report {
  readonly requests: number;
  readonly repeats: number;
  readonly wrong: readonly {
    readonly from: number;
    readonly until: number;
    readonly request: string;
    readonly why: string;
  }[];
  readonly longestGapMs: number;
  readonly longestStallMs: number;
  readonly medianMs: number;
  readonly p99Ms: number;
  readonly done?: readonly string[];
}

/** Nobody else is to be blamed in such a time. @unit ms since 1970 */
interface Window {
  readonly from: number;
  readonly until: number;
  readonly what: string;
}

const POINTS = 20;
const POLL_MS = 10;
const AGAIN = 5;
/** Each so many is written as a program does that writes in two steps. */
const HALF_EVERY = 10;

export function offerPlans(options: OfferOptions): Promise<OfferResult> {
  return new Offers(options).run();
}

class Offers {
  private readonly options: OfferOptions;
  private readonly truth: PlanTruth;
  private readonly mutations: PlanMutations;
  private readonly random: () => number;
  private plan: Tree;
  private asked: readonly Asked[];
  private load: ChildProcess | undefined;
  private readonly counts: Record<string, number> = {};
  private readonly badLoaded: string[] = [];
  private readonly goodNotLoaded: string[] = [];
  private readonly undecided: string[] = [];
  private readonly windows: Window[] = [];
  private readonly refused: number[] = [];
  private readonly taken: number[] = [];
  private readonly memory: number[] = [];
  private putOff = 0;

  constructor(options: OfferOptions) {
    this.options = options;
    const { seed = 1, urls, schema, plan } = options;
    this.truth = new PlanTruth(schema);
    this.random = randomStream('offers of plans', seed);
    this.mutations = new PlanMutations(randomStream('mutations of plans', seed), urls);
    this.plan = plan;
    this.asked = askedOf(plan);
  }

  async run(): Promise<OfferResult> {
    const { bad, good, familyEvery = 250, onProgress = () => {} } = this.options;
    const began = performance.now();
    await this.startLoad();
    const total = bad + good;
    let [goodDone, refusedFor] = [0, 0];
    try {
      for (let i = 0; i < total; i++) {
        if (i > 0 && i % familyEvery === 0) await this.nextFamily();
        // Spread evenly among the others.
        const isGood = Math.floor(((i + 1) * good) / total) > goodDone;
        if (isGood) goodDone++;
        const mutant = isGood
          ? this.mutations.good(this.plan)
          : this.mutations.bad(this.plan, this.options.trialShare);
        refusedFor += await this.offer(mutant, i);
        if (i % Math.ceil(total / POINTS) === 0) {
          this.memory.push(residentOf(this.options.gateway.pid));
          onProgress(
            `${i + 1} of ${total}, ${((performance.now() - began) / 1000).toFixed(0)} s, bad loaded ${this.badLoaded.length}, good not loaded ${this.goodNotLoaded.length}`,
          );
        }
      }
      const report = await this.report('stop');
      const seconds = (performance.now() - began) / 1000;
      return this.resultOf(report, { offers: total, seconds, refusedSeconds: refusedFor / 1000 });
    } finally {
      this.load?.kill('SIGKILL');
    }
  }

  private async startLoad(): Promise<void> {
    const { gateway, sites, clients = 8, pauseMs = 5 } = this.options;
    const child = fork(fileURLToPath(new URL('plan-load-process.js', import.meta.url)), {
      execArgv: [],
      serialization: 'advanced',
    });
    this.load = child;
    await once(child, 'message');
    const names = sites.map(({ name }) => name);
    child.send({
      kind: 'start',
      url: gateway.url,
      asked: this.asked,
      clients,
      pauseMs,
      sites: names,
      body: BODY,
    });
  }

  private async report(kind: 'report' | 'stop'): Promise<Report> {
    const { load } = this;
    if (load === undefined) throw new Error('Nobody asks.');
    const given = once(load, 'message');
    load.send({ kind });
    const [report] = (await given) as [Report]; // what plan-load-process.js sends
    return report;
  }

  /** By force: it is another plan, and no better or worse. What only one of them answers is not asked meanwhile. */
  private async nextFamily(): Promise<void> {
    const next = familyOf(this.random, this.options.urls);
    const after = askedOf(next);
    const both = this.asked.filter(({ path }) => after.some((one) => one.path === path));
    this.load?.send({ kind: 'ask', asked: both });
    // What was begun before has ended by then: the answer to a report comes after all that was sent before it, and parts answer at once.
    await this.report('report');
    await new Promise((resolve) => setTimeout(resolve, 300));
    await this.force(next);
    this.asked = after;
    this.load?.send({ kind: 'ask', asked: after });
  }

  private async force(plan: Tree): Promise<void> {
    const bytes = written(plan);
    this.write(bytes, false);
    await this.order(true);
    const { digest } = (await this.status()).plan;
    if (digest !== digestIn(bytes)) throw new Error('A plan was not taken although it was forced.');
    this.plan = plan;
  }

  /** @returns how long it took where it was refused before a trial @unit ms */
  private async offer(mutant: Mutant, turn: number): Promise<number> {
    const { urls } = this.options;
    const ground = { urls: new Set([urls.a, urls.b]), asked: this.asked, perSecond: 100 };
    const truth = this.truth.judge(mutant.bytes, this.plan, ground);
    const name = `${turn}: ${mutant.what}: ${truth.kind}, ${truth.why}`;
    // A trial compares: where a part is out by the plan in force as well, it is not to blame.
    if (truth.by === 'trial') await this.untilWell();
    const from = Date.now();
    const began = performance.now();
    let isRefused = true;
    this.write(mutant.bytes, turn % HALF_EVERY === 0);
    let ms = Number.NaN;
    let status: Status;
    for (let again = 0; ; again++) {
      const answer = await this.order(false);
      if (answer.status < 300) isRefused = false;
      else ms = performance.now() - began;
      status = await this.settled();
      if (status.offered?.state !== 'put-off' || truth.kind !== 'good' || again === AGAIN) break;
      this.putOff++;
    }
    if (!isRefused) ms = performance.now() - began;
    const isLoaded = status.plan.digest === digestIn(mutant.bytes);
    if (truth.by === 'trial') this.windows.push({ from, until: Date.now(), what: name });
    const why = status.offered?.why.join(' ') ?? '';
    const count = `${truth.kind}, by ${truth.by}: ${isLoaded ? 'loaded' : (status.offered?.state ?? 'not loaded')}`;
    this.counts[count] = (this.counts[count] ?? 0) + 1;
    const isRight = truth.kind === 'either' || (truth.kind === 'good') === isLoaded;
    if (!isRight) {
      const words = `${name} ${status.offered?.state ?? 'loaded'} ${why}`;
      (isLoaded ? this.badLoaded : this.goodNotLoaded).push(words);
      this.options.onProgress?.(words);
    }
    if (truth.kind === 'either') this.undecided.push(`${name}: ${isLoaded ? 'loaded' : why}`);
    if (isLoaded && truth.kind === 'good') this.taken.push(ms);
    // What became of it by chance is no plan of the family any more.
    if (isLoaded && mutant.kind === 'good') {
      const read = this.truth.read(mutant.bytes);
      if ('plan' in read) this.plan = read.plan;
    } else if (isLoaded) await this.force(this.plan);
    else if (isRefused) {
      this.refused.push(ms);
      return ms;
    }
    return 0;
  }

  private write(bytes: Uint8Array, inSteps: boolean): void {
    const { file } = this.options.gateway;
    if (inSteps) {
      writeFileSync(file, bytes.subarray(0, bytes.length >> 1));
      writeFileSync(file, bytes);
    } else {
      writeFileSync(`${file}.new`, bytes);
      renameSync(`${file}.new`, file);
    }
  }

  private order(isForced: boolean): Promise<{ readonly status: number; readonly text: string }> {
    return askSocket(this.options.gateway.socket, 'POST', '/reload', {
      force: isForced,
      reason: 'soak',
      by: 'soak',
    });
  }

  private async status(): Promise<Status> {
    return JSON.parse((await askSocket(this.options.gateway.socket, 'GET', '/status')).text) as Status; // its own schema
  }

  /** Once nothing is under way. */
  private async settled(): Promise<Status> {
    for (;;) {
      const status = await this.status();
      if (status.offered?.state !== 'checking' && status.offered?.state !== 'trying') return status;
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
  }

  private async untilWell(): Promise<void> {
    for (let i = 0; ; i++) {
      const { services } = await this.status();
      const ill = services.filter(
        ({ kind, inUse, alternatives: [first, ...others] }) =>
          [first, ...others].some((one) => one !== undefined && one.level < 1) ||
          (kind === 'any' && inUse !== first?.name),
      );
      if (ill.length === 0) return;
      if (i === 0) this.options.onProgress?.(`not well: ${JSON.stringify(ill)}`);
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
  }

  private resultOf(
    report: Report,
    {
      offers,
      seconds,
      refusedSeconds,
    }: { readonly offers: number; readonly seconds: number; readonly refusedSeconds: number },
  ): OfferResult {
    const isIn = ({ from, until }: Window, one: Report['wrong'][number]): boolean =>
      one.until >= from && one.from <= until;
    const { wrong, requests, repeats, longestGapMs, longestStallMs, medianMs, p99Ms, done = [] } = report;
    const others = wrong.filter((one) => !this.windows.some((window) => isIn(window, one)));
    const byTrial = this.windows.map((window) => wrong.filter((one) => isIn(window, one)).length);
    const carriedOut = new Map<string, number>();
    for (const { kind, id } of this.options.sites.flatMap((site) => site.journal()))
      if (kind === 'POST') carriedOut.set(id, (carriedOut.get(id) ?? 0) + 1);
    return {
      offers,
      counts: this.counts,
      badLoaded: this.badLoaded,
      goodNotLoaded: this.goodNotLoaded,
      putOff: this.putOff,
      undecided: this.undecided,
      requests,
      repeats,
      wrong: others.map(
        ({ request: asked, why, from }) => `${new Date(from).toISOString()} ${asked}: ${why}`,
      ),
      wrongOnTrial: wrong.length - others.length,
      worstTrial: Math.max(0, ...byTrial),
      doubled: [...carriedOut.values()].filter((count) => count > 1).length,
      invented: done.filter((id) => !carriedOut.has(id)).length,
      refusedMs: quantilesOf(this.refused),
      takenMs: quantilesOf(this.taken),
      perSecond: this.refused.length / refusedSeconds,
      medianMs,
      p99Ms,
      longestGapMs,
      longestStallMs,
      memory: this.memory,
      seconds,
    };
  }
}

function quantilesOf(values: readonly number[]): { readonly median: number; readonly p99: number } {
  const sorted = [...values].sort((a, b) => a - b);
  const of = (share: number): number =>
    sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
  return { median: of(0.5), p99: of(0.99) };
}

/** Linux only; 0 elsewhere. @unit bytes */
function residentOf(pid: number): number {
  try {
    return Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1]) * 1_024;
  } catch {
    return 0;
  }
}

/** Asks the admin of a gateway on this machine. */
export function askSocket(
  socketPath: string,
  method: string,
  path: string,
  order?: object,
): Promise<{ readonly status: number; readonly text: string }> {
  const body = order === undefined ? undefined : JSON.stringify(order);
  const headers = {
    accept: 'application/json',
    ...(body === undefined
      ? {}
      : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }),
  };
  return new Promise((resolve, reject) => {
    const asked = request({ socketPath, host: 'localhost', method, path, headers }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (piece: string) => {
        text += piece;
      });
      response.on('end', () => resolve({ status: response.statusCode ?? 0, text }));
      response.on('error', reject);
    });
    asked.on('error', reject);
    asked.end(body);
  });
}
