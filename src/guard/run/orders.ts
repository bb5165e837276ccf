import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { codeOf, makeFolders, readWhole, replaceWhole, unusable, type Disk } from '../../disk/index.ts';
import { isDigest, isRecord } from '../store/state.ts';

/* What people order, as files in `orders/` of a guard's folder: they are there whether a guard runs or not, and are taken in the order in
   which they were given. A file is gone once its order is in the journal. */

export type Order = OrderKind & {
  /** Why, and who says so. */
  readonly reason: string;
  readonly by: string;
  /** RFC 3339. */
  readonly at: string;
};

export type OrderKind =
  | { readonly kind: 'freeze' }
  | { readonly kind: 'thaw' }
  /** `digest`: what is meant, the candidate or the good one; null: whatever is on trial. */
  | { readonly kind: 'kill'; readonly digest: string | null }
  | { readonly kind: 'retry'; readonly digest: string };

export interface FoundOrder {
  /** The file's name, and its whole path. */
  readonly name: string;
  readonly file: string;
  /** Undefined: it is none; why. */
  readonly order: Order | undefined;
  readonly why: string;
}

const FOLDER = 'orders';
/** @unit bytes */
const MOST = 65_536;
/** @unit characters */
const MOST_TEXT = 500;

/** On the disk when this returns. @param folder of the guard. @throws KeelsonError `state-unusable` */
export function giveOrder(disk: Disk, folder: string, order: Order): void {
  try {
    makeFolders(disk, join(folder, FOLDER));
    const name = `${order.at.replace(/[^0-9TZ]/g, '')}-${randomBytes(4).toString('hex')}-${order.kind}.json`;
    replaceWhole(disk, join(folder, FOLDER, name), `${JSON.stringify(order)}\n`);
  } catch (cause) {
    throw unusable(folder, cause);
  }
}

/** Those that nobody has taken yet, the oldest first. */
export function readOrders(disk: Disk, folder: string): FoundOrder[] {
  const place = join(folder, FOLDER);
  let names: string[];
  try {
    names = disk.list(place).filter((name) => name.endsWith('.json'));
  } catch {
    return [];
  }
  return names.sort().map((name) => {
    const file = join(place, name);
    try {
      const order = toOrder(JSON.parse(readWhole(disk, file, MOST).toString('utf8')));
      return { name, file, order, why: order === undefined ? `${name} is no order` : '' };
    } catch (error) {
      const why = error instanceof SyntaxError ? 'it is not JSON' : codeOf(error);
      return { name, file, order: undefined, why: `${name} cannot be read: ${why}` };
    }
  });
}

function toOrder(value: unknown): Order | undefined {
  if (!isRecord(value)) return undefined;
  const { kind, reason, by, at, digest } = value;
  if (!isWords(reason) || !isWords(by) || !isWords(at)) return undefined;
  const account = { reason, by, at };
  if (kind === 'freeze' || kind === 'thaw') return { kind, ...account };
  if (kind === 'kill' && (digest === null || isDigest(digest))) return { kind, digest, ...account };
  if (kind === 'retry' && isDigest(digest)) return { kind, digest, ...account };
  return undefined;
}

function isWords(value: unknown): value is string {
  return typeof value === 'string' && value.length > 0 && value.length <= MOST_TEXT;
}
