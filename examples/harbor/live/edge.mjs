// An edge: passes requests on to the gateway, and marks them as having come through it.
import { request as ask } from 'node:http';
import { answer, listen } from './part.mjs';

const { NAME, GATEWAY = '', SECRET = '' } = process.env;
const { hostname, port } = new URL(GATEWAY);

listen((request, response) => {
  const { url, method, headers, socket } = request;
  const marked = { ...headers, 'harbor-edge': SECRET, 'x-forwarded-for': socket.remoteAddress };
  const asked = ask({ hostname, port, path: url, method, headers: marked, agent: false }, (found) => {
    response.writeHead(found.statusCode ?? 502, { ...found.headers, edge: NAME });
    found.pipe(response);
  });
  asked.on('error', () => answer(response, 502, { error: 'the gateway does not answer' }));
  request.pipe(asked);
});
