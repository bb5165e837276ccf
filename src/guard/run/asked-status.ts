import { join } from 'node:path';
import { readWhole, type Disk } from '../../disk/index.ts';
import { KeelsonError } from '../../errors.ts';
import { askUrl, HeardText } from '../deliver/ask-url.ts';
import { MOST_STATE } from '../store/journal-found.ts';
import { isRecord, readState } from '../store/state.ts';
import { ADMIN_FILE } from './guards.ts';
import { readOrders } from './orders.ts';
import { goodOf } from './status-of.ts';
import type { GuardsStatus, GuardStatus } from './status.ts';

/** @unit bytes */
const MOST_ANSWER = 10_000_000;
const ASK_MS = 5_000;

/** The names of all guards of a state folder. @throws KeelsonError `no-guard` where there is none */
export function guardNames(disk: Disk, state: string): string[] {
  let names: string[] = [];
  try {
    names = disk.list(state).filter((name) => disk.look(join(state, name))?.kind === 'folder');
  } catch {
    // There is no such folder: nor is there a guard.
  }
  if (names.length === 0)
    throw new KeelsonError('no-guard', `Expected the state of a guard in ${state}, found none.`, {
      hint: 'Name its folder: --state DIR',
    });
  return names.sort();
}

/** The folder of one guard. @throws KeelsonError `no-guard` */
export function guardFolder(disk: Disk, state: string, name: string): string {
  const folder = join(state, name);
  if (/^[a-z0-9-]+$/.test(name) && disk.look(folder)?.kind === 'folder') return folder;
  throw new KeelsonError('no-guard', `Expected the state of ${name} in ${state}, found none.`, {
    hint: 'keelson guard status lists those that are there; another folder: --state DIR',
  });
}

/** How guards stand: asked of who runs, else read from the state folder. */
export async function askStatus(disk: Disk, state: string, names: readonly string[]): Promise<GuardsStatus> {
  const all = await Promise.all(names.map((name) => askOne(disk, join(state, name), name)));
  return {
    schema: 'keelson.guard-status/1',
    at: new Date().toISOString(),
    isRunning: all.some(({ isRunning }) => isRunning),
    guards: all.map(({ guard }) => guard),
  };
}

async function askOne(
  disk: Disk,
  folder: string,
  name: string,
): Promise<{ readonly isRunning: boolean; readonly guard: GuardStatus }> {
  const url = adminOf(disk, folder);
  const answer = url === undefined ? undefined : await askAt(url);
  const running = answer?.guards.find((one) => one.name === name);
  if (running !== undefined) return { isRunning: true, guard: running };
  return { isRunning: false, guard: stoppedStatus(disk, folder, name) };
}

function adminOf(disk: Disk, folder: string): URL | undefined {
  try {
    const value: unknown = JSON.parse(readWhole(disk, join(folder, ADMIN_FILE), 10_000).toString('utf8'));
    return isRecord(value) && typeof value.url === 'string' ? new URL('/status', value.url) : undefined;
  } catch {
    return undefined;
  }
}

/** Undefined where nobody answers, or somebody else. */
export async function askAt(url: URL): Promise<GuardsStatus | undefined> {
  const heard = new HeardText(MOST_ANSWER);
  const token = process.env.KEELSON_ADMIN_TOKEN;
  const headers = {
    accept: 'application/json',
    ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
  };
  const signal = new AbortController().signal;
  const outcome = await askUrl(
    { url, timeoutMs: ASK_MS, headers },
    () => (chunk) => heard.hear(chunk),
    signal,
  );
  if (outcome.kind === 'failed' || outcome.answer.status !== 200) return undefined;
  try {
    const value: unknown = JSON.parse(heard.text());
    const isStatus =
      isRecord(value) && value.schema === 'keelson.guard-status/1' && Array.isArray(value.guards);
    return isStatus ? (value as unknown as GuardsStatus) : undefined; // its own schema
  } catch {
    return undefined;
  }
}

function stoppedStatus(disk: Disk, folder: string, name: string): GuardStatus {
  const { state, why } = keptState(disk, folder);
  const candidate = state?.candidate ?? null;
  return {
    name,
    contract: null,
    contractDigest: null,
    phase: 'stopped',
    words: 'Nothing runs: this is what was kept.',
    good: state === undefined ? null : goodOf(state, Date.now()),
    candidate:
      candidate === null
        ? null
        : { digest: candidate.digest, state: 'canary', step: 0, targets: candidate.targets },
    offered: null,
    health: { state: 'unknown', rules: [] },
    source: { where: null, state: 'unseen', words: 'nothing runs', since: null, seen: null },
    targets: [],
    refused: state?.refused ?? [],
    frozen: state?.frozen ?? null,
    orders: readOrders(disk, folder).map(({ name: order }) => order),
    found: [],
    troubles: why === undefined ? [] : [why],
  };
}

function keptState(
  disk: Disk,
  folder: string,
): { readonly state?: NonNullable<ReturnType<typeof readState>>['state']; readonly why?: string } {
  try {
    const path = join(folder, 'state.json');
    if (disk.look(path) === null) return {};
    const kept = readState(readWhole(disk, path, MOST_STATE).toString('utf8'));
    return kept === undefined ? { why: 'state.json is not as it was written.' } : { state: kept.state };
  } catch {
    return { why: 'state.json cannot be read.' };
  }
}
