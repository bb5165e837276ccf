// Four edges that read the feature file, a supervisor that starts again what has ended, and visitors who count what they get.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, get } from 'node:http';
import { createInterface } from 'node:readline';
import { setTimeout as wait } from 'node:timers/promises';

const START_AGAIN_MS = 250;
const EVERY_MS = 10;
export const EDGES = ['edge-1', 'edge-2', 'edge-3', 'edge-4'];

/** One edge, started again whenever it ends, on the port that it had. */
export class Edge {
  crashes = 0;
  port = 0;

  constructor(name, program, file) {
    Object.assign(this, { name, program, file });
  }

  async start() {
    this.child = spawn(process.execPath, [this.program, this.file, String(this.port)], {
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    const { child } = this;
    child.once('exit', () => {
      if (this.isOver) return;
      this.crashes++;
      setTimeout(() => !this.isOver && this.start(), START_AGAIN_MS);
    });
    await new Promise((resolve) => {
      createInterface({ input: child.stdout }).once('line', (port) => {
        this.port = Number(port);
        resolve();
      });
      child.once('exit', resolve);
    });
  }

  stop() {
    this.isOver = true;
    return ended(this.child);
  }
}

/** Sends requests to the edges in turn, and has their answers counted at /metrics. */
export class Visitors {
  counts = new Map();

  constructor(edges) {
    this.edges = edges;
    this.total = { 200: 0, 403: 0, 502: 0 };
    this.server = createServer((_, response) => {
      const lines = Object.entries(this.total).map(
        ([status, n]) => `edge_answers_total{status="${status}"} ${n}\n`,
      );
      response.end(`# TYPE edge_answers_total counter\n${lines.join('')}`);
    });
  }

  async start() {
    await new Promise((resolve) => this.server.listen(0, '127.0.0.1', resolve));
    this.port = this.server.address().port;
    let turn = 0;
    this.timer = setInterval(() => this.send(this.edges[turn++ % this.edges.length]), EVERY_MS);
  }

  send({ name, port }) {
    const { counts } = this;
    const note = (status) => {
      this.total[status]++;
      const key = `${name} ${status}`;
      counts.set(key, (counts.get(key) ?? 0) + 1);
    };
    get({ host: '127.0.0.1', port, path: '/', agent: false, timeout: 2000 }, (answer) => {
      answer.resume();
      note(answer.statusCode);
    })
      .on('timeout', function stop() {
        this.destroy();
      })
      .on('error', () => note(502));
  }

  /** What is sent from now on is counted anew. */
  countAnew() {
    this.counts = new Map();
  }

  /** How many answers had a status, of all edges or of one. */
  count(status, edge) {
    let all = 0;
    for (const [key, n] of this.counts)
      if (key.endsWith(` ${status}`) && (edge === undefined || key.startsWith(`${edge} `))) all += n;
    return all;
  }

  stop() {
    clearInterval(this.timer);
    this.server.close();
    this.server.closeAllConnections();
  }
}

/** Ends a process, and waits until it is gone. */
export async function ended(child) {
  if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  child.kill();
  await gone;
}

/** Waits until something is so. */
export async function until(what, mostMs = 20_000) {
  for (const end = Date.now() + mostMs; Date.now() < end; await wait(20)) {
    const found = await what();
    if (found) return found;
  }
  throw new Error(`It has not come to be within ${mostMs} ms: ${what}`);
}
