// A provider that Harbor asks, such as a chain node or a challenge: says that it is there.
import { answer, listen } from './part.mjs';

listen((_, response) => answer(response, 200, { name: process.env.NAME }));
