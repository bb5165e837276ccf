// Harbor's status page, at another provider than all the rest.
import { readFileSync } from 'node:fs';
import { answer, listen } from './part.mjs';

const page = readFileSync(new URL('pages/trade.html', import.meta.url), 'utf8');
listen((_, response) => answer(response, 200, page, { 'content-type': 'text/html' }));
