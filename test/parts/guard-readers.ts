/** Programs that read a guarded file, each under its own name, and remember everything that they have ever read. */
import { closeSync, fstatSync, mkdirSync, openSync, readFileSync, statSync, type BigIntStats } from 'node:fs';
import { dirname } from 'node:path';
import { digestOf } from '../../src/document/load.ts';
import { answerWith } from './answers.ts';

export interface Reader {
  readonly name: string;
  readonly file: string;
  readonly url: URL;
  /** The texts that it has read, one after the other. */
  readonly read: readonly string[];
  /** What it has in force. */
  readonly now: string | undefined;
  stop(): void;
}

const EVERY_MS = 5;

/** Looks at its file every few milliseconds; `/version` says the digest of what is in force. */
export async function startReader(name: string, file: string): Promise<Reader> {
  mkdirSync(dirname(file), { recursive: true });
  const read: string[] = [];
  let mark = '';
  const look = (): void => {
    const found = statSync(file, { bigint: true, throwIfNoEntry: false });
    if (found === undefined || markOf(found) === mark) return;
    // It may be another file by now: what is read and what it is known by are of the same one.
    const opened = openSync(file, 'r');
    try {
      mark = markOf(fstatSync(opened, { bigint: true }));
      read.push(readFileSync(opened, 'utf8'));
    } finally {
      closeSync(opened);
    }
  };
  look();
  const timer = setInterval(look, EVERY_MS);
  const url = await answerWith((_, response) => {
    look();
    const now = read.at(-1);
    response.end(now === undefined ? 'nothing' : digestOf(now));
  });
  return {
    name,
    file,
    url,
    read,
    get now() {
      return read.at(-1);
    },
    stop: () => clearInterval(timer),
  };
}

const markOf = ({ ino, ctimeNs }: BigIntStats): string => `${ino} ${ctimeNs}`;
