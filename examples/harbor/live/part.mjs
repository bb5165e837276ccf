// What all of Harbor's parts have in common: each is a process that listens on loopback, and hears orders from who started it.
import { createServer } from 'node:http';
import { plant } from './defects.mjs';

/** Answers at the place that the environment gives, and tells who started it. */
export function listen(handle) {
  const { PORT = '0', HOST = '127.0.0.1' } = process.env;
  const server = createServer((request, response) => {
    Promise.resolve(handle(request, response)).catch(() =>
      answer(response, 502, { error: 'something behind does not answer' }),
    );
  });
  server.once('error', ({ message }) => {
    process.stderr.write(`${message}\n`);
    process.exit(1);
  });
  server.listen(Number(PORT), HOST, () => process.send?.({ port: server.address().port }));
  // Whoever started it is gone: so is it.
  process.on('disconnect', () => process.exit());
  onOrders({ defect: plant });
}

/** Orders come as `stop SERVICE`, `start SERVICE` and `defect NAME`. */
export function onOrders(orders) {
  process.on('message', (text) => {
    const [order, name] = String(text).split(' ');
    if (!Object.hasOwn(orders, order)) return;
    orders[order](name);
    process.send?.(`done ${text}`);
  });
}

/** @param body text as it is, or anything else as JSON */
export function answer(response, status, body, headers = {}) {
  if (response.headersSent) return response.destroy();
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  response
    .writeHead(status, { 'content-type': 'application/json', ...headers })
    .end(status === 204 ? undefined : text);
}

/** The body of a request as JSON; undefined when it is none. */
export async function jsonOf(request) {
  let text = '';
  for await (const chunk of request) {
    text += chunk;
    if (text.length > 100_000) return undefined;
  }
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
