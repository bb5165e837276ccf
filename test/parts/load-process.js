// Load at a fixed rate, whatever becomes of it (an open loop): a request is never held back because others are slow.
import { Pool } from 'undici';

const TICK_MS = 5;
const RAMP_S = 1;
let stop;

process.on('message', (order) => {
  if (order.kind === 'start') stop = run(order.load);
  else if (order.kind === 'warm') void warm(order).then(() => process.send?.({ kind: 'warmed' }));
  else void stop?.().then((results) => process.send?.({ kind: 'results', results }));
});
process.on('disconnect', () => process.exit(0));
process.send?.({ kind: 'ready' });

function run({ url, rate, writeEvery, writesTo = ['/orders'], id, readyUrl }) {
  const pool = new Pool(url, {
    connections: 512,
    pipelining: 1,
    headersTimeout: 60_000,
    bodyTimeout: 60_000,
  });
  const results = [];
  const running = new Set();
  const began = performance.now();
  let sent = 0;
  let isOver = false;
  const timer = setInterval(() => {
    // Up to its rate within a second: programs that have just started are slow.
    const seconds = (performance.now() - began) / 1000;
    const due = Math.floor(
      rate * (seconds < RAMP_S ? (seconds * seconds) / (2 * RAMP_S) : seconds - RAMP_S / 2),
    );
    for (; sent < due && !isOver; sent++) {
      const one = ask(pool, sent).finally(() => running.delete(one));
      running.add(one);
    }
  }, TICK_MS);
  // Stands for what balances before a gateway: it sends nothing more to one that says it is not ready.
  const watch =
    readyUrl === undefined
      ? undefined
      : setInterval(() => {
          fetch(readyUrl)
            .then((one) => one.status)
            .catch(() => 0)
            .then((status) => {
              if (status !== 200) isOver = true;
            });
        }, 200);

  async function ask(through, i) {
    const isWrite = writeEvery > 0 && i % writeEvery === 0;
    const folder = isWrite ? writesTo[(i / writeEvery) % writesTo.length] : '/orders';
    const at = performance.now();
    const result = {
      id: `${id}-${i}`,
      path: `${folder}/${i}`,
      isWrite,
      at: Date.now(),
      status: 0,
      ms: 0,
      says: '',
      site: '',
      error: '',
    };
    results.push(result);
    try {
      const { status, said } = await request(through, {
        method: isWrite ? 'POST' : 'GET',
        path: result.path,
        headers: {
          'x-request-id': result.id,
          ...(isWrite ? { 'content-type': 'application/json' } : {}),
        },
        ...(isWrite ? { body: '{"side":"buy"}' } : {}),
      });
      result.status = status;
      const value = said.startsWith('{') ? JSON.parse(said) : {};
      result.says = value.type?.replace('urn:keelson:problem:', '') ?? '';
      result.site = value.site ?? '';
    } catch (error) {
      result.status = 0;
      result.error = error.code ?? error.message;
    }
    result.ms = performance.now() - at;
  }

  return async () => {
    clearInterval(timer);
    clearInterval(watch);
    await Promise.all(running);
    await pool.destroy();
    return results;
  };
}

function request(pool, options) {
  return new Promise((resolve, reject) => {
    let status = 0;
    let said = '';
    pool.dispatch(options, {
      onConnect: () => undefined,
      onHeaders(code) {
        status = code;
        return true;
      },
      onData(piece) {
        said += piece.toString('latin1');
        return true;
      },
      onComplete: () => resolve({ status, said }),
      onError: reject,
    });
  });
}

/** So many requests one after the other, some side by side. */
async function warm({ url, count }) {
  const pool = new Pool(url, { connections: 16, pipelining: 1 });
  let left = count;
  const one = async () => {
    while (left-- > 0)
      await request(pool, { method: left % 10 === 0 ? 'POST' : 'GET', path: '/orders/warm' });
  };
  await Promise.all(Array.from({ length: 16 }, one));
  await pool.destroy();
}
