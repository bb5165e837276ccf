// Requests over connections that are kept, one after the other on each, and what is wrong with any answer. A process of its own, so that
// what the one that judges plans does takes nothing from it.
import { Pool } from 'undici';

const MOST_REPEATED = 64;
/** A key is sent again this many requests later. */
const REPEAT_AFTER = 200;
const REPEAT_EVERY = 10;
const LOOK_MS = 10;

let run;

process.on('message', (order) => {
  if (order.kind === 'start') run = new Run(order);
  else if (order.kind === 'ask') run.asked = order.asked;
  else if (order.kind === 'report') process.send?.({ kind: 'report', ...run.report() });
  else void run.stop().then(() => process.send?.({ kind: 'report', ...run.report(), done: run.done }));
});
process.on('disconnect', () => process.exit(0));
process.send?.({ kind: 'ready' });

class Run {
  requests = 0;
  repeats = 0;
  wrong = [];
  /** Ids of writes that were answered well. */
  done = [];
  kept = [];
  /** How many took so long, in hundredths of a decade. */
  times = new Map();
  longestGapMs = 0;
  longestStallMs = 0;
  lastWell = performance.now();
  isOver = false;

  constructor({ url, asked, clients, pauseMs, sites, body }) {
    Object.assign(this, { asked, pauseMs, sites, body });
    this.pool = new Pool(url, {
      connections: clients,
      pipelining: 1,
      headersTimeout: 60_000,
      bodyTimeout: 60_000,
    });
    this.clients = Array.from({ length: clients }, () => this.client());
    let looked = performance.now();
    this.timer = setInterval(() => {
      const now = performance.now();
      this.longestStallMs = Math.max(this.longestStallMs, now - looked - LOOK_MS);
      looked = now;
    }, LOOK_MS);
  }

  async client() {
    while (!this.isOver) {
      const turn = this.requests++;
      const again = turn % REPEAT_EVERY === 0 ? this.due(turn) : undefined;
      await this.ask(again ?? this.fresh(turn), again !== undefined);
      if (this.pauseMs > 0) await new Promise((resolve) => setTimeout(resolve, this.pauseMs));
    }
  }

  fresh(turn) {
    const { method, path } = this.asked[turn % this.asked.length];
    const id = `r-${turn}`;
    return {
      id,
      method,
      path: path.replace(/1$/, String(turn)),
      text: JSON.stringify({ id }).padEnd(this.body),
    };
  }

  /** A write that was answered some time ago: it is the same again. */
  due(turn) {
    const [first] = this.kept;
    if (first === undefined || turn - first.turn < REPEAT_AFTER) return undefined;
    this.kept.shift();
    const isStillAsked = this.asked.some(
      ({ method, path }) => method === 'POST' && first.path.startsWith(path.slice(0, -1)),
    );
    return isStillAsked ? first : undefined;
  }

  async ask({ id, method, path, text }, isAgain) {
    const isWrite = method === 'POST';
    const from = Date.now();
    const began = performance.now();
    const found = await this.send({ id, method, path, text, isWrite }).catch((error) => ({
      why: `dropped: ${error.code ?? error.message}`,
    }));
    const now = performance.now();
    const ms = now - began;
    const slot = Math.round(100 * Math.log10(Math.max(0.01, ms)));
    this.times.set(slot, (this.times.get(slot) ?? 0) + 1);
    const why = found.why ?? this.wrongIn(found, { id, text, isWrite, isAgain });
    if (why !== undefined) {
      this.wrong.push({ from, until: Date.now(), request: `${method} ${path}`, why });
      return;
    }
    this.longestGapMs = Math.max(this.longestGapMs, now - this.lastWell);
    this.lastWell = now;
    if (isAgain) this.repeats++;
    else if (isWrite) {
      this.done.push(id);
      if (this.kept.length < MOST_REPEATED) this.kept.push({ id, method, path, text, turn: this.requests });
    }
  }

  async send({ id, method, path, text, isWrite }) {
    const { statusCode, headers, body } = await this.pool.request({
      method,
      path,
      headers: {
        'x-request-id': id,
        ...(isWrite ? { 'content-type': 'application/json', 'idempotency-key': id } : {}),
      },
      ...(isWrite ? { body: text } : {}),
    });
    return { status: statusCode, headers, text: await body.text() };
  }

  wrongIn({ status, headers, text }, asked) {
    if (status !== 200) return `${status} ${text.slice(0, 200)}`;
    let said;
    try {
      said = JSON.parse(text);
    } catch {
      return `no JSON: ${text.slice(0, 100)}`;
    }
    if (!this.sites.includes(said.site)) return `by ${said.site}`;
    if (said.id !== asked.id) return `the answer of ${said.id} to ${asked.id}`;
    if (said.body !== (asked.isWrite ? asked.text : '')) return `its body arrived as ${said.body}`;
    const isReplayed = headers['idempotency-replayed'] === 'true';
    return isReplayed === asked.isAgain ? undefined : `${isReplayed ? '' : 'not '}a kept answer`;
  }

  report() {
    const { requests, repeats, wrong, longestGapMs, longestStallMs } = this;
    const times = [...this.times].sort(([a], [b]) => a - b);
    const count = times.reduce((sum, [, one]) => sum + one, 0);
    const quantile = (share) => {
      let sum = 0;
      for (const [slot, one] of times) {
        sum += one;
        if (sum >= share * count) return 10 ** (slot / 100);
      }
      return Number.NaN;
    };
    return {
      requests,
      repeats,
      wrong,
      longestGapMs,
      longestStallMs,
      medianMs: quantile(0.5),
      p99Ms: quantile(0.99),
    };
  }

  async stop() {
    this.isOver = true;
    await Promise.all(this.clients);
    clearInterval(this.timer);
    await this.pool.destroy();
  }
}
