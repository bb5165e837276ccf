// An edge: passes requests on to the gateway, and marks them as having come through it.
import { request as ask } from 'node:http';
import { has } from './defects.mjs';
import { answer, listen } from './part.mjs';

const { NAME, GATEWAY = '', SECRET = '' } = process.env;
const { hostname, port } = new URL(GATEWAY);
const isFirst = NAME === 'edge-a';

listen(async (request, response) => {
  const { url, method, headers, socket } = request;
  const marked = { ...headers, 'harbor-edge': SECRET, 'x-forwarded-for': socket.remoteAddress };
  const pass = (body, tries = 0) => {
    const asked = ask({ hostname, port, path: url, method, headers: marked, agent: false }, (found) => {
      if (isFirst && has('endless-retries') && found.statusCode >= 500 && tries < 30) {
        found.resume();
        return pass(body, tries + 1);
      }
      const said = { ...found.headers, edge: NAME };
      if (isFirst && has('ageless-snapshot') && 'keelson-snapshot' in said)
        Object.assign(said, { age: '0', 'keelson-snapshot': `age=0, at="${new Date().toUTCString()}"` });
      response.writeHead(found.statusCode ?? 502, said);
      found.pipe(response);
    });
    asked.on('error', () => answer(response, 502, { error: 'the gateway does not answer' }));
    if (body === undefined) request.pipe(asked);
    else asked.end(body);
  };
  if (!isFirst || !(has('endless-retries') || has('willing-edge'))) return pass();
  const pieces = [];
  for await (const piece of request) pieces.push(piece);
  let body = Buffer.concat(pieces);
  if (has('willing-edge') && method === 'POST' && url === '/orders') {
    body = Buffer.from(JSON.stringify({ ...JSON.parse(body.toString()), post_only: true }));
    marked['content-length'] = String(body.length);
  }
  pass(body);
});
