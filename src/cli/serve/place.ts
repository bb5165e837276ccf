import { join } from 'node:path';
import { KeelsonError } from '../../errors.ts';
import type { Role } from '../../serve/index.ts';

/** Where a gateway or steerer takes orders from this machine. @param folder that it was given by --state */
export function socketIn(folder: string, role: Role): string {
  return join(folder, `${role}.sock`);
}

export interface HostAndPort {
  readonly host: string;
  readonly port: number;
}

/** `127.0.0.1:8080`, `[::1]:8080`. @throws KeelsonError `bad-argument` */
export function placeOf(option: string, text: string): HostAndPort {
  const found = /^(\[[0-9a-f:.]+\]|[A-Za-z0-9.-]+):(\d{1,5})$/i.exec(text);
  const port = Number(found?.[2]);
  if (found?.[1] === undefined || !(port <= 65_535))
    throw new KeelsonError('bad-argument', `Expected HOST:PORT for --${option}, found ${text}.`, {
      hint: `--${option} 127.0.0.1:${option === 'admin' ? 9600 : 8080}`,
    });
  return { host: found[1].replace(/^\[|\]$/g, ''), port };
}
