// Programs that read guarded files, one a lane, and answer from them:   node files-reader.js FILE…   It says each digest that it has ever loaded.
// There is room for as many rows as the contract allows, and what cannot be loaded ends the process.
import { createHash } from 'node:crypto';
import { readFileSync, statSync, watch } from 'node:fs';
import { createServer } from 'node:http';
import { dirname } from 'node:path';

const ROOM = 12;
const LOOK_MS = 20;

const lanes = process.argv.slice(2).map((file, lane) => ({ file, lane, mark: '', loaded: undefined }));

function look(one) {
  const found = statSync(one.file, { bigint: true, throwIfNoEntry: false });
  if (found === undefined || `${found.ino} ${found.ctimeNs}` === one.mark) return;
  one.mark = `${found.ino} ${found.ctimeNs}`;
  const bytes = readFileSync(one.file);
  const digest = `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
  // Said before anything else is done with it.
  process.send?.({ kind: 'loaded', lane: one.lane, digest });
  const { version, features } = JSON.parse(bytes.toString());
  const rows = Object.values(features);
  if (rows.length > ROOM) throw new RangeError(`Expected at most ${ROOM} rows, found ${rows.length}.`);
  const score = rows.reduce((sum, { weight, id }) => sum + weight * (id + 1), 0);
  one.loaded = { digest, version, rows: rows.length, score };
}

for (const one of lanes) {
  look(one);
  watch(dirname(one.file), () => look(one));
  setInterval(() => look(one), LOOK_MS);
}

const server = createServer((request, response) => {
  const [, number, what, id] = request.url.split('/');
  const one = lanes[Number(number)];
  if (what === 'well') return response.end();
  // Whoever asks what is in force learns what is there now.
  if (what === 'version') look(one);
  if (one.loaded === undefined) return response.writeHead(503).end();
  response.end(what === 'version' ? one.loaded.digest : JSON.stringify({ ...one.loaded, id }));
});
server.keepAliveTimeout = 60_000;
server.listen(0, '127.0.0.1', () => process.send?.({ kind: 'listening', port: server.address().port }));
process.on('disconnect', () => process.exit(0));
