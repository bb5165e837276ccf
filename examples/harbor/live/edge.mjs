// An edge: blocks what looks like an attack, passes everything else on to the gateway, and marks it as having come through it.
import { request as ask } from 'node:http';
import { has } from './defects.mjs';
import { answer, listen } from './part.mjs';
import { isBlocked } from './waf.mjs';

const { NAME, GATEWAY = '', SECRET = '' } = process.env;
const { hostname, port } = new URL(GATEWAY);
const isFirst = NAME === 'edge-a';

listen(async (request, response) => {
  const { url, method, headers, socket } = request;
  let body = await bodyOf(request);
  if (!(has('bare-fallback') && !isFirst) && isBlocked(request, body.toString()))
    return answer(response, 403, { error: 'blocked' });
  const marked = { ...headers, 'harbor-edge': SECRET, 'x-forwarded-for': socket.remoteAddress };
  if (isFirst && has('willing-edge') && method === 'POST' && url === '/orders') {
    body = Buffer.from(JSON.stringify({ ...JSON.parse(body.toString()), post_only: true }));
    marked['content-length'] = String(body.length);
  }
  const pass = (tries = 0) => {
    const asked = ask({ hostname, port, path: url, method, headers: marked, agent: false }, (found) => {
      if (isFirst && has('endless-retries') && found.statusCode >= 500 && tries < 30) {
        found.resume();
        return pass(tries + 1);
      }
      const said = { ...found.headers, edge: NAME };
      if (isFirst && has('ageless-snapshot') && 'keelson-snapshot' in said)
        Object.assign(said, { age: '0', 'keelson-snapshot': `age=0, at="${new Date().toUTCString()}"` });
      response.writeHead(found.statusCode ?? 502, said);
      found.pipe(response);
    });
    asked.on('error', () => answer(response, 502, { error: 'the gateway does not answer' }));
    asked.end(body);
  };
  pass();
});

async function bodyOf(request) {
  const pieces = [];
  let bytes = 0;
  for await (const piece of request) {
    bytes += piece.length;
    if (bytes > 1_000_000) break;
    pieces.push(piece);
  }
  return Buffer.concat(pieces);
}
