import type { Sample } from '../sample.ts';
import { AUTOMATION } from './automation.ts';
import { BARE_CLIENT } from './bare-client.ts';
import { BURST } from './burst.ts';
import { CODE } from './code.ts';
import { INCLUSION } from './inclusion.ts';
import { PROTOCOL } from './protocol.ts';
import { SCANNER } from './scanner.ts';
import { SCRIPT } from './script.ts';
import { SHELL } from './shell.ts';
import { SQL } from './sql.ts';
import { TRAVERSAL } from './traversal.ts';

/** Every sample that is sent, by class. */
export const SAMPLES: readonly Sample[] = [
  ...SQL,
  ...SHELL,
  ...SCRIPT,
  ...CODE,
  ...TRAVERSAL,
  ...INCLUSION,
  ...PROTOCOL,
  ...SCANNER,
  ...BARE_CLIENT,
  ...AUTOMATION,
  ...BURST,
];
