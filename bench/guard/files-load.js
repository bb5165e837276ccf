// Requests to readers over connections that are kept, one after the other on each. What was answered is counted by what it says; who
// offers the files knows what may be said.
import { Pool } from 'undici';

let run;
process.on('message', (order) => {
  if (order.kind === 'start') run = new Run(order);
  else void run.stop().then((report) => process.send?.(report));
});
process.on('disconnect', () => process.exit(0));
process.send?.({ kind: 'ready' });

class Run {
  requests = 0;
  answers = new Map();
  wrong = [];
  times = [];
  isOver = false;

  constructor({ urls, lanes, clients, pauseMs }) {
    Object.assign(this, { lanes, pauseMs });
    this.pools = urls.map((url) => new Pool(url, { connections: clients, pipelining: 1 }));
    this.asking = this.pools.flatMap((pool) => Array.from({ length: clients }, () => this.ask(pool)));
  }

  async ask(pool) {
    while (!this.isOver) {
      const id = String(this.requests++);
      const lane = Number(id) % this.lanes;
      const began = performance.now();
      try {
        const { statusCode, body } = await pool.request({ method: 'GET', path: `/${lane}/score/${id}` });
        const text = await body.text();
        const said = statusCode === 200 ? JSON.parse(text) : undefined;
        if (said === undefined || said.id !== id) this.fail(`${statusCode} ${text.slice(0, 200)}`);
        else {
          const key = [lane, said.digest, said.version, said.rows, said.score].join(' ');
          this.answers.set(key, (this.answers.get(key) ?? 0) + 1);
        }
      } catch (error) {
        this.fail(`dropped: ${error.code ?? error.message}`);
      }
      // The first ones are as good as any, and memory has an end.
      if (this.times.length < 1_000_000) this.times.push(performance.now() - began);
      await new Promise((resolve) => setTimeout(resolve, this.pauseMs));
    }
  }

  fail(why) {
    this.wrong.push(`${new Date().toISOString()} ${why}`);
  }

  async stop() {
    this.isOver = true;
    await Promise.all(this.asking);
    await Promise.all(this.pools.map((pool) => pool.close()));
    this.times.sort((a, b) => a - b);
    const of = (share) => this.times[Math.floor(this.times.length * share)] ?? Number.NaN;
    const { requests, answers, wrong } = this;
    return { kind: 'report', requests, answers: [...answers], wrong, medianMs: of(0.5), p99Ms: of(0.99) };
  }
}
