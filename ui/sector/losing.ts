import { useEffect, useMemo, useState } from 'preact/hooks';
import { lose, makeNetwork, type Network } from '../../src/sector/network.ts';
import type { SectorPlatform, SectorTable } from '../../src/sector/table.ts';

/** What is lost by hand, and what is down then. */
export interface Losing {
  /** Names, in the order in which they were lost. */
  readonly lost: readonly string[];
  /** Providers that are down, those that were lost by hand among them. */
  readonly providers: ReadonlySet<string>;
  readonly platforms: readonly SectorPlatform[];
  readonly count: number;
  readonly weight: number;
  /** Of the weight of all. */
  readonly share: number;
  toggle(name: string): void;
  /** Loses just these. */
  choose(names: readonly string[]): void;
}

/** Keeps what is lost, in the link of the page too; Escape heals all. */
export function useLosing(table: SectorTable): Losing {
  const network = useMemo(() => makeNetwork(table), [table]);
  const [lost, setLost] = useState<readonly string[]>(() => fromLink(network));
  useEffect(() => {
    const follow = (): void => setLost(fromLink(network));
    const heal = (event: KeyboardEvent): void => {
      if (event.key === 'Escape') setLost([]);
    };
    addEventListener('hashchange', follow);
    addEventListener('keydown', heal);
    return () => {
      removeEventListener('hashchange', follow);
      removeEventListener('keydown', heal);
    };
  }, [network]);
  useEffect(() => {
    const link = new URLSearchParams(lost.map((name): [string, string] => ['lost', name])).toString();
    if (location.hash.slice(1) !== link) history.replaceState(null, '', `#${link}`);
  }, [lost]);
  return useMemo(() => {
    const down = lose(
      network,
      lost.flatMap((name) => network.indexOf.get(name) ?? []),
    );
    return {
      lost,
      providers: new Set(down.providers.map((one) => table.providers[one]?.name ?? '')),
      platforms: down.platforms.flatMap((one) => table.platforms[one] ?? []),
      count: down.count,
      weight: down.weight,
      share: network.weight > 0 ? down.weight / network.weight : 0,
      toggle: (name) =>
        setLost((before) =>
          before.includes(name) ? before.filter((one) => one !== name) : [...before, name],
        ),
      choose: setLost,
    };
  }, [lost, network, table]);
}

function fromLink(network: Network): readonly string[] {
  const named = new URLSearchParams(location.hash.slice(1)).getAll('lost');
  return [...new Set(named)].filter((name) => network.indexOf.has(name));
}

/** A way of those that are down whole: why a platform is down. */
export function whyDown(
  { ways, waysWithin }: SectorPlatform,
  { lost, providers }: Pick<Losing, 'lost' | 'providers'>,
): { readonly need: string; readonly providers: readonly string[] } | undefined {
  const own = new Set(lost);
  const known = waysWithin ?? ways;
  const gone = waysWithin === undefined ? providers : own;
  return known.find((way) => way.providers.every((one) => gone.has(one)));
}
