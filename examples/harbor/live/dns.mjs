// A provider of DNS: keeps at which edge Harbor's users arrive, in a file that its secondary reads too.
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { answer, listen } from './part.mjs';

const file = join(process.env.FOLDER ?? '.', 'edge');

listen(async (request, response) => {
  if (request.url !== '/harbor') return answer(response, 404, {});
  if (request.method !== 'PUT') return answer(response, 200, readFileSync(file, 'utf8'));
  let text = '';
  for await (const chunk of request) text = (text + chunk).slice(0, 200);
  writeFileSync(`${file}.${process.pid}`, text);
  renameSync(`${file}.${process.pid}`, file);
  answer(response, 200, text);
});
