import { join, resolve } from 'node:path';
import { makeFolders, readWhole, replaceWhole, systemDisk, unusable, type Disk } from '../../disk/index.ts';
import { digestOf } from '../../document/load.ts';
import type { Facts } from '../../guard/index.ts';

/** A plan as it was when it came into force. */
export interface KeptPlan {
  readonly schema: 'keelson.good-plan/1';
  /** Where it was read from: the plan of another file is another plan. */
  readonly file: string;
  readonly digest: string;
  /** In ISO 8601. */
  readonly at: string;
  readonly text: string;
  /** What was true of it, where it was held against a contract. */
  readonly facts: Facts | null;
}

/** Of a plan at most four megabytes are read unless somebody says otherwise; as JSON it takes up to six times that. @unit bytes */
const MOST_BYTES = 200_000_000;

/** The last plan that was in force, kept so that a start does not hang on what somebody has done to the file since. */
export class GoodPlan {
  private readonly path: string;
  private readonly folder: string;
  private readonly file: string;
  private readonly disk: Disk;

  /** @param folder where it is kept */
  constructor(folder: string, file: string, disk: Disk = systemDisk) {
    this.folder = folder;
    this.file = resolve(file);
    this.path = join(folder, 'plan.json');
    this.disk = disk;
  }

  /** Undefined where there is none of this file, and where what is there is not whole. */
  load(): KeptPlan | undefined {
    try {
      const value: unknown = JSON.parse(readWhole(this.disk, this.path, MOST_BYTES).toString('utf8'));
      if (!isKept(value) || value.file !== this.file) return undefined;
      return digestOf(value.text) === value.digest ? value : undefined;
    } catch {
      return undefined;
    }
  }

  /** On the disk when this returns, whole or not at all. @throws KeelsonError `state-unusable` */
  keep(text: string, at: number, facts: Facts | null): void {
    const kept: KeptPlan = {
      schema: 'keelson.good-plan/1',
      file: this.file,
      digest: digestOf(text),
      at: new Date(at).toISOString(),
      text,
      facts,
    };
    try {
      makeFolders(this.disk, this.folder);
      replaceWhole(this.disk, this.path, JSON.stringify(kept));
    } catch (cause) {
      throw unusable(this.folder, cause);
    }
  }
}

function isKept(value: unknown): value is KeptPlan {
  if (typeof value !== 'object' || value === null) return false;
  const { schema, file, digest, at, text } = value as Record<string, unknown>; // each is checked
  return schema === 'keelson.good-plan/1' && [file, digest, at, text].every((one) => typeof one === 'string');
}
