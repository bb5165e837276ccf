import { writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { codeOf, fileDigest, readWhole, systemDisk } from '../../disk/index.ts';
import { KeelsonError } from '../../errors.ts';
import { checkFile } from '../../guard/check/index.ts';
import type { Contract } from '../../guard/contract.ts';
import { newestIn } from '../../guard/deliver/folder-source.ts';
import {
  foresee,
  makeFiles,
  type LeftOut,
  type Made,
  type MadeName,
  type Prepared,
} from '../../guard/drill/index.ts';
import type { Facts } from '../../guard/result.ts';
import { askStatus, guardFolder } from '../../guard/run/index.ts';
import { show } from '../../problems.ts';

export interface GuardGroundOptions {
  readonly contract: Contract;
  /** The folder of all guards. */
  readonly state: string;
  readonly seed: number;
  /** Empty: all. */
  readonly only: readonly MadeName[];
  readonly harmful: { readonly file: string; readonly bytes: Uint8Array } | undefined;
  /** A folder for files that are made. */
  readonly scratch: string;
  readonly signal: AbortSignal;
}

/** What a drill of a guard stands on: the file in force, where it is offered, and what is made of it. */
export interface GuardGround {
  readonly good: Uint8Array;
  readonly facts: Facts;
  /** The file at the source that is offered now. */
  readonly source: string;
  readonly prepared: readonly Prepared[];
  readonly leftOut: readonly LeftOut[];
}

/** @throws KeelsonError `no-guard`, `drill-not-quiet`, `nothing-to-drill`, `drill-harmless` */
export async function guardGround(options: GuardGroundOptions): Promise<GuardGround> {
  const { contract, state, seed, only, harmful, scratch, signal } = options;
  const source = await sourceOf(contract);
  const folder = guardFolder(systemDisk, state, contract.name);
  const { guards } = await askStatus(systemDisk, state, [contract.name]);
  const [status] = guards;
  const digest = status?.good?.digest;
  if (digest === undefined)
    throw new KeelsonError(
      'drill-not-quiet',
      `Expected ${contract.name} to have a good version, found none.`,
      {
        hint: 'Offer one, and wait until keelson guard status says that it is good.',
      },
    );
  expectOffered(source, digest);
  const good = goodOf(join(folder, 'blobs', digest.slice('sha256:'.length)), contract);
  const envelope = contract.signed?.file ?? `${source}.dsse.json`;
  const facts = await factsOf(good, contract, envelope, scratch);
  const { made, leftOut } = makeFiles(contract, good, facts, seed);
  const all: readonly Made[] =
    harmful === undefined
      ? made
      : [...made, { name: 'harmful', tries: [{ says: harmful.file, bytes: harmful.bytes }] }];
  const refused = new Map((status?.refused ?? []).map((one) => [one.digest, one.why]));
  const prepared: Prepared[] = [];
  const isWanted = (name: MadeName): boolean => only.length === 0 || only.includes(name);
  for (const one of all.filter(({ name }) => isWanted(name))) {
    const name = basename(source);
    const with_ = { contract, last: facts, name, envelope, scratch, refused, now: Date.now, signal };
    const found = await foresee(one, with_);
    if (one.name === 'harmful' && found.predicted.end === 'refused')
      throw new KeelsonError(
        'drill-harmless',
        `Expected ${show(found.says)} to fit the contract, found: ${found.predicted.message}`,
        { hint: 'What does not fit never reaches a target. Give one that only health can tell.' },
      );
    prepared.push(found);
  }
  return { good, facts, source, prepared, leftOut: leftOut.filter(({ name }) => isWanted(name)) };
}

async function sourceOf({ source, signed, file }: Contract): Promise<string> {
  const beside = signed !== undefined && signed.file === undefined ? '.dsse.json' : undefined;
  const found =
    source?.kind === 'folder'
      ? await newestIn(source.folder, source.match, beside).catch(() => undefined)
      : source?.kind === 'file'
        ? source.file
        : undefined;
  if (found !== undefined) return found;
  throw new KeelsonError(
    'nothing-to-drill',
    `Expected ${show(file)} to have a source that is a file or a folder with one, found ${source === undefined ? 'no source' : source.kind === 'url' ? 'an address' : 'none'}.`,
    { hint: 'A drill puts files where the guard looks for them: that must be on this computer.' },
  );
}

function expectOffered(source: string, digest: string): void {
  let found: string;
  try {
    found = fileDigest(systemDisk, source);
  } catch (cause) {
    found = codeOf(cause);
  }
  if (found !== digest)
    throw new KeelsonError('drill-not-quiet', `Expected the good file at ${show(source)}, found another.`, {
      hint: 'A drill puts back what was offered before, and that must be what is in force: keelson guard status',
    });
}

function goodOf(path: string, { limits }: Contract): Uint8Array {
  try {
    return readWhole(systemDisk, path, limits.bytes);
  } catch (cause) {
    throw new KeelsonError('guarded-file-unreadable', `${show(path)} cannot be read: ${codeOf(cause)}.`, {
      cause,
    });
  }
}

/** What is true of the file in force. Whether it would be accepted today is not asked. */
async function factsOf(
  good: Uint8Array,
  contract: Contract,
  envelope: string,
  scratch: string,
): Promise<Facts> {
  const path = join(scratch, 'good');
  writeFileSync(path, good, { mode: 0o600 });
  const { facts } = await checkFile(path, { ...contract, reader: undefined }, { now: Date.now(), envelope });
  if (facts !== null) return facts;
  throw new KeelsonError(
    'last-unknown',
    'Of the file in force nothing is known: it is beyond a limit of the contract.',
  );
}
