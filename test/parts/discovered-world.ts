import { readFixtures, readVendorZones, type Fixture } from './discovered-world-fixtures.ts';
import { startNames } from './discovered-world-names.ts';
import { startSites } from './discovered-world-sites.ts';
import { has } from './part.ts';

/** A piece of the internet on loopback: names from the root down, vendors' zones, authorities, sites. */
export interface DiscoveredWorld {
  readonly fixtures: readonly Fixture[];
  /** Unbound. */
  readonly resolver: { readonly host: string; readonly port: number };
  /** Whether Unbound asks from the root down; it does where port 53 is to be had. */
  readonly isFromRoot: boolean;
  /** The local root that all authorities of the world rest on: PEM. */
  readonly authority: string;
  /** Where a connection to an address really goes. */
  connect(address: string, port: number): { readonly host: string; readonly port: number };
  /** Requests that sites have seen, as `METHOD URL`. */
  arrived(): readonly string[];
  stop(): Promise<void>;
}

/** Whether all that the world is made of is here. */
export const hasDiscoveredWorld = (): boolean => ['knotd', 'keymgr', 'named', 'unbound', 'nginx'].every(has);

export async function startDiscoveredWorld(): Promise<DiscoveredWorld> {
  const fixtures = readFixtures();
  const zones = Object.assign(readVendorZones(), ...fixtures.map((fixture) => fixture.zones));
  const prefix = drawPrefix();
  const [names, sites] = await Promise.allSettled([startNames(zones, prefix), startSites(fixtures, prefix)]);
  const stop = async (): Promise<void> => {
    await Promise.all(
      [names, sites].map((part) => (part.status === 'fulfilled' ? part.value.stop() : undefined)),
    );
  };
  if (names.status === 'rejected' || sites.status === 'rejected') {
    await stop();
    throw names.status === 'rejected' ? names.reason : sites.status === 'rejected' && sites.reason;
  }
  const { resolver, isFromRoot } = names.value;
  const { authority, connect, arrived } = sites.value;
  return { fixtures, resolver, isFromRoot, authority, connect, arrived, stop };
}

/** Loopback addresses for this world alone, as several may run at once on this machine. Ports are asked for all the same. */
function drawPrefix(): string {
  const draw = (from: number, to: number): number => from + Math.floor(Math.random() * (to - from));
  return `127.${draw(64, 255)}.${draw(0, 256)}`;
}
