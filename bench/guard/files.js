// Whether any bad file gets to those who read it, past `keelson guard run`, and what offering them costs their requests. By itself:
//   node bench/guard/files.js [--count 20000] [--good 2000] [--seed 1] [--lanes 3] [--minutes 60]
// In each lane a guard of its own, a process, stands between a source and three targets. Each target is read by a process that ends when it
// cannot read its file, and that is asked all the time. slow-judge.js, which shares nothing with the guard, says what is to become of a file.
import { fork, spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { caseOf, makeKeys, RULES, writeContract } from './mutations.js';
import { judgeSlowly } from './slow-judge.js';

const folder = dirname(fileURLToPath(import.meta.url));
const bin = join(folder, '..', '..', 'bin', 'keelson.cjs');

const EDGES = ['edge-1', 'edge-2', 'edge-3'];
/** A verdict, or a rollout, that has not come by then does not come. */
const VERDICT_MS = 20_000;
const LIVE_MS = 60_000;
/** A slow writer waits so long at most between two steps: until the guard has judged the first. */
const STEP_MS = 2_000;
/** Nothing that expires does so while it is judged. */
const EDGE_MS = 3_600_000;
const TENTHS = 10;

const digestOf = (bytes) => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
const shortOf = (digest) => digest.slice('sha256:'.length, 'sha256:'.length + 12);

/** Offers `count` bad files and `good` good ones among them, and says what became of them. */
export async function offerFiles(options) {
  const offers = new Offers(options);
  try {
    return await offers.run();
  } finally {
    await offers.end();
  }
}

class Offers {
  lanes = [];
  readers = [];
  counts = {};
  badLoaded = [];
  goodNotTaken = [];
  unjudged = [];
  ended = [];
  refusedMs = [];
  takenMs = [];
  memory = [];
  badDone = 0;
  goodDone = 0;
  midRollout = 0;
  isEnding = false;

  constructor({
    count,
    good,
    seed = 1,
    lanes = 3,
    clients = 2,
    pauseMs = 15,
    minutes = 600,
    onProgress = () => {},
  }) {
    Object.assign(this, { count, good, seed, clients, pauseMs, onProgress });
    this.until = performance.now() + minutes * 60_000;
    this.scratch = mkdtempSync(join(tmpdir(), 'keelson-files-'));
    Object.assign(this, makeKeys());
    this.nextSeed = seed * 10_000_000;
    this.lanes = Array.from({ length: lanes }, (_, i) => new Lane(i, this));
  }

  async run() {
    await this.startReaders();
    for (const lane of this.lanes) lane.prepare();
    await Promise.all(this.lanes.map((lane) => lane.start()));
    await this.startLoad();
    const began = performance.now();
    await Promise.all(this.lanes.map((lane) => this.work(lane, began)));
    const seconds = (performance.now() - began) / 1000;
    const heard = once(this.load, 'message');
    this.load.send({ kind: 'stop' });
    const [report] = await heard;
    const wrong = [...report.wrong];
    for (const [answer, times] of report.answers)
      if (!this.lanes.some(({ sayable }) => sayable.has(answer))) wrong.push(`${times} times ${answer}`);
    const atEnd = [];
    for (const lane of this.lanes) atEnd.push(...(await lane.wrongAtEnd()));
    this.isEnding = true;
    const { badDone, goodDone, midRollout, counts, badLoaded, goodNotTaken, unjudged, ended, memory } = this;
    return {
      ...{ badDone, goodDone, midRollout, seconds, counts, badLoaded, goodNotTaken, unjudged, ended, wrong },
      ...{ atEnd, memory, requests: report.requests, medianMs: report.medianMs, p99Ms: report.p99Ms },
      refusedMs: quantilesOf(this.refusedMs),
      takenMs: quantilesOf(this.takenMs),
    };
  }

  /** One process an edge, which reads the files of all lanes. */
  async startReaders() {
    for (const edge of EDGES) {
      const files = this.lanes.map((lane) => lane.fileOf(edge));
      const child = fork(join(folder, 'files-reader.js'), files, { execArgv: [] });
      const reader = { edge, child, url: '' };
      this.readers.push(reader);
      child.on('message', (said) => {
        if (said.kind === 'loaded') this.lanes[said.lane].hearLoaded(edge, said.digest);
      });
      child.on('exit', (code, signal) => {
        if (!this.isEnding) this.ended.push(`${edge} ended with ${code ?? signal}`);
      });
      const [{ port }] = await once(child, 'message');
      reader.url = `http://127.0.0.1:${port}`;
    }
  }

  async startLoad() {
    this.load = fork(join(folder, 'files-load.js'), { execArgv: [] });
    await once(this.load, 'message');
    const { clients, pauseMs } = this;
    const urls = this.readers.map(({ url }) => url);
    this.load.send({ kind: 'start', urls, lanes: this.lanes.length, clients, pauseMs });
  }

  /** Good ones are spread evenly among the others. */
  async work(lane, began) {
    while (performance.now() < this.until && this.ended.length === 0) {
      const begun = this.badDone + this.goodDone;
      const total = this.count + this.good;
      if (begun >= total) return;
      const share = Math.max(begun / total, (performance.now() - began) / (this.until - began));
      if (share >= this.memory.length / TENTHS) {
        this.memory.push(this.lanes.map(({ child }) => residentOf(child.pid)));
        this.onProgress(
          `${begun} of ${total}, ${((performance.now() - began) / 1000).toFixed(0)} s, bad loaded ${this.badLoaded.length}, good not taken ${this.goodNotTaken.length}, not judged ${this.unjudged.length}`,
        );
      }
      const isGood = Math.floor(((begun + 1) * this.good) / total) > this.goodDone;
      if (isGood) await lane.offerGood(this.goodDone++);
      else await lane.offerBad(this.badDone++);
    }
  }

  tally(what) {
    this.counts[what] = (this.counts[what] ?? 0) + 1;
  }

  async end() {
    this.isEnding = true;
    const children = [
      this.load,
      ...this.readers.map(({ child }) => child),
      ...this.lanes.map(({ child }) => child),
    ];
    await Promise.all(
      children.map(async (child) => {
        if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
        const ended = once(child, 'exit');
        child.kill('SIGKILL');
        await ended;
      }),
    );
    rmSync(this.scratch, { recursive: true, force: true });
  }
}

/** One guard between its source and its targets. */
class Lane {
  /** Digests that may be loaded, and what readers may answer from them. */
  allowed = new Set();
  sayable = new Set();
  /** What each edge has in force. */
  has = {};
  /** Good ones that were, with the signatures they came with. */
  before = [];
  waiting = new Set();
  offeredLast = '';

  constructor(number, offers) {
    this.number = number;
    this.offers = offers;
    this.folder = join(offers.scratch, `lane-${number}`);
    this.source = join(this.folder, 'out', 'features.json');
    mkdirSync(join(this.folder, 'out'), { recursive: true });
    for (const edge of EDGES) mkdirSync(join(this.folder, edge));
  }

  fileOf(edge) {
    return join(this.folder, edge, 'features.json');
  }

  prepare() {
    const { pems, readers } = this.offers;
    const urlOf = (i) => `${readers[i].url}/${this.number}`;
    const targets = EDGES.map(
      (edge, i) =>
        `  ${edge}: {file: ${this.fileOf(edge)}, loaded: {url: "${urlOf(i)}/version", within: 10s}}\n`,
    );
    this.contract = writeContract(
      this.folder,
      'json',
      pems,
      `source: {file: out/features.json, every: 200ms, settle: 10ms}
targets:
${targets.join('')}canary: {targets: 1, watch: 50ms}
watch: 20ms
health: [{name: readers, url: "${urlOf(0)}/well", every: 100ms, time: 10s, failures: 5, successes: 1}]
steady: 0s
`,
    );
  }

  async start() {
    // The first one is compared with nothing.
    const first = this.goodCase({ bytes: 1_500, rows: 7, version: 5 });
    this.allow(first);
    this.write(first, 'at once');
    const words = ['guard', 'run', this.contract, '--state', join(this.folder, 'state'), '--admin', 'off'];
    this.child = spawn(process.execPath, [bin, ...words], { stdio: ['ignore', 'ignore', 'pipe'] });
    process.once('exit', () => this.child.kill('SIGKILL'));
    this.child.on('exit', (code, signal) => {
      if (!this.offers.isEnding) this.offers.ended.push(`guard ${this.number} ended with ${code ?? signal}`);
    });
    createInterface({ input: this.child.stderr }).on('line', (line) => this.hear(line));
    if (!(await this.untilLive(first))) throw new Error(`Guard ${this.number} does not begin: ${this.last}`);
  }

  hear(line) {
    this.last = line;
    let said;
    try {
      said = JSON.parse(line);
    } catch {
      return;
    }
    for (const one of this.waiting) one(said);
  }

  hearLoaded(edge, digest) {
    this.has[edge] = digest;
    if (!this.allowed.has(digest))
      this.offers.badLoaded.push(`lane ${this.number}, ${edge}: ${digest}, in the turn of ${this.turn}`);
    for (const one of this.waiting) one({ event: 'reader' });
  }

  /** What the log says first of what is looked for; undefined when it says nothing in time. */
  heard(find, withinMs) {
    return new Promise((resolve) => {
      const done = (value) => {
        clearTimeout(timer);
        this.waiting.delete(listen);
        resolve(value);
      };
      const listen = (said) => {
        const value = find(said);
        if (value !== undefined) done(value);
      };
      const timer = setTimeout(() => done(undefined), withinMs);
      this.waiting.add(listen);
    });
  }

  verdictOn(bytes, withinMs = VERDICT_MS) {
    const short = shortOf(digestOf(bytes));
    const isTooLarge = bytes.length > RULES.limits.bytes;
    return this.heard((said) => {
      if (said.event === 'checked' && said.digest === short) return said.accepted ? 'accepted' : 'refused';
      if (said.event === 'source' && said.state === 'too-large' && isTooLarge) return 'refused';
      return undefined;
    }, withinMs);
  }

  /** Until the guard keeps it and every reader has it. */
  async untilLive({ digest }) {
    let isKept = false;
    const isLive = () => isKept && EDGES.every((edge) => this.has[edge] === digest);
    const found = await this.heard((said) => {
      if (said.event === 'kept' && said.digest === shortOf(digest)) isKept = true;
      if (said.event === 'refused' && said.digest === shortOf(digest)) return 'refused';
      return isLive() ? 'live' : undefined;
    }, LIVE_MS);
    if (found === 'live') this.inForce = digest;
    return found === 'live';
  }

  draw(last) {
    const now = Math.floor(Date.now() / 1000) * 1000;
    const world = { version: last.version, now, edgeMs: EDGE_MS };
    const made = caseOf('json', this.offers.nextSeed++, this.offers.signers, world);
    return { ...made, last, now };
  }

  why(made) {
    return judgeSlowly('json', made, this.offers.pems);
  }

  /** What the slow judge accepts, unchanged or changed in a way that harms nothing. */
  goodCase(last = this.good) {
    for (;;) {
      const made = this.draw(last);
      if (this.why(made).length > 0) continue;
      const { version, features } = JSON.parse(made.bytes.toString());
      const rows = Object.values(features);
      // So that the next one is not too far from it.
      if (rows.length < 6 || rows.length > 8) continue;
      const score = rows.reduce((sum, { weight, id }) => sum + weight * (id + 1), 0);
      const facts = { bytes: made.bytes.length, rows: rows.length, version };
      return { ...made, digest: digestOf(made.bytes), facts, score };
    }
  }

  badCase(turn) {
    for (let tries = 0; ; tries++) {
      const made = tries === 0 ? (this.swapped(turn) ?? this.draw(this.good)) : this.draw(this.good);
      const digest = digestOf(made.bytes);
      const name = `${digest} ${made.envelope === null ? '' : digestOf(made.envelope)}`;
      // The same once more is nothing new, and what is in force is not judged again.
      if (this.allowed.has(digest) && !made.isOld) continue;
      if (name === this.offeredLast || this.why(made).length === 0) continue;
      this.offeredLast = name;
      return made;
    }
  }

  /** What a stream of single cases has not: signatures and versions of others, which were good once. */
  swapped(turn) {
    const old = this.before.at(-2);
    if (turn % 16 === 5 && old !== undefined) {
      const { bytes, envelope } = old;
      const now = Date.now();
      return {
        kind: 'an old one with its own signatures',
        bytes,
        envelope,
        last: this.good,
        now,
        isOld: true,
      };
    }
    if (turn % 16 === 11) {
      const kind = 'the signatures of the one in force';
      return { ...this.goodCase(), kind, envelope: this.before.at(-1).envelope };
    }
    return undefined;
  }

  allow({ digest, facts, score, bytes, envelope }) {
    this.allowed.add(digest);
    this.sayable.add([this.number, digest, facts.version, facts.rows, score].join(' '));
    this.before = [...this.before.slice(-2), { bytes, envelope }];
    this.good = facts;
  }

  writeEnvelope({ envelope }) {
    const beside = `${this.source}.dsse.json`;
    if (envelope === null) return rmSync(beside, { force: true });
    writeFileSync(`${this.folder}/next`, envelope);
    renameSync(`${this.folder}/next`, beside);
  }

  /** As a careful producer does it, the signatures first; or as careless ones do. Resolves once all of it is there. */
  async write(made, how) {
    const { source } = this;
    const half = made.bytes.length >> 1;
    if (how !== 'signatures last') this.writeEnvelope(made);
    if (how === 'half, then the rest') {
      const first = made.bytes.subarray(0, half);
      const seen = this.verdictOn(first, STEP_MS);
      writeFileSync(source, first);
      if ((await seen) !== undefined) this.offers.tally('half-written, judged as a half | refused');
      appendFileSync(source, made.bytes.subarray(half));
    } else if (how === 'in place') {
      writeFileSync(source, made.bytes.subarray(0, half));
      writeFileSync(source, made.bytes);
    } else {
      writeFileSync(`${this.folder}/next`, made.bytes);
      const seen = how === 'signatures last' ? this.verdictOn(made.bytes, STEP_MS) : undefined;
      renameSync(`${this.folder}/next`, source);
      await seen;
      if (how === 'signatures last') this.writeEnvelope(made);
    }
  }

  async offerBad(turn) {
    const made = this.badCase(turn);
    const how = HOW[turn % HOW.length];
    this.turn = `${turn}: ${made.kind}, ${how}`;
    const began = performance.now();
    const verdict = await this.judged(made, how);
    if (how === 'at once' && verdict === 'refused') this.offers.refusedMs.push(performance.now() - began);
    this.noteBad(made, how, verdict);
  }

  /** The verdict on all of it, with all that belongs to it. */
  async judged(made, how) {
    if (how === 'at once' || how === 'in place') {
      const verdict = this.verdictOn(made.bytes);
      void this.write(made, how);
      return verdict;
    }
    if (how === 'half, then the rest') {
      const verdict = this.verdictOn(made.bytes);
      await this.write(made, how);
      return verdict;
    }
    // Where the signatures are as they were, nothing is new once they are there.
    const early = this.verdictOn(made.bytes, VERDICT_MS / 4);
    const before = this.envelopeNow();
    await this.write(made, how);
    const isOther = before !== this.envelopeNow();
    if (!isOther || made.bytes.length > RULES.limits.bytes) return early;
    return (await this.verdictOn(made.bytes, VERDICT_MS / 4)) ?? early;
  }

  envelopeNow() {
    try {
      return readFileSync(`${this.source}.dsse.json`, 'latin1');
    } catch {
      return '';
    }
  }

  noteBad(made, how, verdict) {
    const { offers, number } = this;
    offers.tally(`bad, ${how} | ${verdict ?? 'not judged'}`);
    const words = `lane ${number}, ${this.turn}: ${this.why(made).join(', ')}`;
    if (verdict === 'accepted') offers.badLoaded.push(`accepted: ${words}`);
    if (verdict === undefined) offers.unjudged.push(words);
  }

  async offerGood(turn) {
    const made = this.goodCase();
    const how = HOW_GOOD[turn % HOW_GOOD.length];
    this.turn = `good ${turn}: ${made.kind}, ${how}`;
    const was = this.good;
    this.allow(made);
    const began = performance.now();
    const live = this.untilLive(made);
    const isBegun = this.heard(
      (said) =>
        (said.event === 'checked' && said.accepted && said.digest === shortOf(made.digest)) || undefined,
      VERDICT_MS,
    );
    await this.write(made, how);
    // Something bad comes while it is on trial: the good one goes its way. It is bad whichever of the two it is held against.
    const isCrossed = turn % 4 === 3 && (await isBegun) === true && this.offers.badDone < this.offers.count;
    if (isCrossed) {
      const bad = this.badCase(0);
      const verdict = this.verdictOn(bad.bytes);
      if (this.why({ ...bad, last: was }).length > 0) {
        this.offers.badDone++;
        this.offers.midRollout++;
        await this.write(bad, 'at once');
        this.noteBad(bad, 'in the middle of a rollout', await verdict);
      }
    }
    const isLive = await live;
    this.offers.tally(`good, ${how} | ${isLive ? 'live on all targets' : 'not live'}`);
    if (isLive) this.offers.takenMs.push(performance.now() - began);
    else {
      this.good = was;
      this.offers.goodNotTaken.push(`lane ${this.number}, ${this.turn}: ${this.last}`);
    }
  }

  /** What is not as it should be once all is offered. */
  async wrongAtEnd() {
    await wait(200);
    const wrong = [];
    for (const edge of EDGES)
      if (digestOf(readFileSync(this.fileOf(edge))) !== this.inForce)
        wrong.push(`lane ${this.number}: ${edge} has not the last good one`);
    const words = ['guard', 'journal', RULES.name, '--verify', '--state', join(this.folder, 'state')];
    const { status, stdout, stderr } = spawnSync(process.execPath, [bin, ...words], {
      encoding: 'utf8',
      maxBuffer: 1e9,
    });
    if (status !== 0)
      wrong.push(`lane ${this.number}: its journal: ${stdout.slice(-500)} ${stderr.slice(-500)}`);
    return wrong;
  }
}

const HOW = [
  'at once',
  'at once',
  'at once',
  'in place',
  'at once',
  'at once',
  'at once',
  'half, then the rest',
  'at once',
  'signatures last',
];
const HOW_GOOD = ['half, then the rest', 'signatures last', 'in place', 'at once', 'at once', 'at once'];

function quantilesOf(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const of = (share) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
  return { median: of(0.5), p99: of(0.99) };
}

/** Linux only; 0 elsewhere. @unit bytes */
function residentOf(pid) {
  try {
    return Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1]) * 1_024;
  } catch {
    return 0;
  }
}

/** @param {{ count?: number, good?: number, seed?: number, lanes?: number, minutes?: number }} options */
export async function benchFiles({ count = 20_000, good = Math.ceil(count / 10), ...others } = {}) {
  const found = await offerFiles({ count, good, ...others, onProgress: (said) => console.error(said) });
  const { badDone, goodDone, midRollout, seconds, requests, refusedMs, takenMs, memory } = found;
  const offers = badDone + goodDone;
  console.log(
    `\n## Guarded files offered under load: ${offers} in ${Math.round(seconds)} s, beside ${requests} requests\n\n| what | found |\n| --- | --- |`,
  );
  const ms = ({ median, p99 }) => `${median.toFixed(0)}; ${p99.toFixed(0)}`;
  for (const [what, value] of [
    ['bad ones offered (of them in the middle of a rollout)', `${badDone} (${midRollout})`],
    ['bad ones loaded or accepted', found.badLoaded.length],
    ['bad ones that no verdict was heard of, and that were not loaded', found.unjudged.length],
    ['good ones offered', goodDone],
    ['good ones not live on all targets', found.goodNotTaken.length],
    ['requests dropped or wrongly answered', found.wrong.length],
    ['readers or guards that ended', found.ended.length],
    ['wrong at the end: targets, journals', found.atEnd.length],
    ['offers a second, all lanes', (offers / seconds).toFixed(1)],
    ['a bad one, written at once, ms until it is refused: median; p99', ms(refusedMs)],
    ['a good one, ms until it is live on three targets: median; p99', ms(takenMs)],
    ['answers, ms: median; p99', `${found.medianMs.toFixed(1)}; ${found.p99Ms.toFixed(0)}`],
    [
      'MB of memory at each tenth, guard by guard',
      memory.map((lanes) => lanes.map((bytes) => Math.round(bytes / 1e6)).join('+')).join(' '),
    ],
  ])
    console.log(`| ${what} | ${value} |`);
  console.log('\n| offered | what became of it | files |\n| --- | --- | --- |');
  for (const [what, number] of Object.entries(found.counts).sort()) console.log(`| ${what} | ${number} |`);
  for (const name of ['badLoaded', 'goodNotTaken', 'unjudged', 'wrong', 'ended', 'atEnd'])
    for (const one of found[name].slice(0, 8)) console.log(`    ${name} ${one}`);
  return found;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const number = { type: 'string' };
  const { values } = parseArgs({
    options: { count: number, good: number, seed: number, lanes: number, minutes: number },
  });
  await benchFiles(Object.fromEntries(Object.entries(values).map(([name, value]) => [name, Number(value)])));
}
