import { isIP } from 'node:net';
import { readText } from '../../document/load.ts';
import { KeelsonError } from '../../errors.ts';
import { show } from '../../problems.ts';
import type { CrawlOptions } from '../../discover/index.ts';
import type { Arguments } from '../command.ts';

/** How a crawl is to be made, by the options of the command. Everything that is wrong with them is said by what is thrown. */
export function crawlOptions(args: Arguments): Omit<CrawlOptions, 'onProgress'> {
  const resolvers = args.texts('resolver').map(resolverOf);
  const routes = args.texts('connect-to').map(routeOf);
  const authorities = args.texts('authority').map(pemOf).join('\n');
  return {
    resolver: resolvers.length === 0 ? 'system' : resolvers,
    privateAddresses: args.flag('private'),
    dnsOnly: args.flag('dns-only'),
    ...(authorities === '' ? {} : { authorities }),
    ...(routes.length === 0
      ? {}
      : {
          connect: (address, port) =>
            routes.find((route) => isNear(route.address, address) && isNear(route.port, String(port)))
              ?.to ?? {
              host: address,
              port,
            },
        }),
  };
}

const isNear = (given: string, met: string): boolean => given === '*' || given === met;

function resolverOf(text: string): { host: string; port: number } {
  // An address of IPv6 has colons of its own: with a port it stands in brackets.
  const [, host = text, given] =
    isIP(text) === 6 ? [text, text] : (/^(\[[^\]]+\]|[^:]+)(?::(\d{1,5}))?$/.exec(text) ?? []);
  const name = host.replace(/^\[|\]$/g, '');
  const port = Number(given ?? 53);
  const isHost = isIP(name) !== 0 || /^[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?$/i.test(name);
  if (isHost && port >= 1 && port <= 65_535) return { host: name, port };
  throw new KeelsonError('bad-argument', `Expected --resolver to be HOST or HOST:PORT, found ${show(text)}.`);
}

function routeOf(text: string): { address: string; port: string; to: { host: string; port: number } } {
  const part = String.raw`(\[[0-9a-fA-F:.]*\]|[^:\s]*)`;
  const match = new RegExp(`^${part}:${part}:${part}:${part}$`).exec(text);
  const [address = '', port = '', host = '', to = ''] = match?.slice(1).map(bare) ?? [];
  const wrong = match === null ? 'it is not four parts between colons' : wrongWith(address, port, host, to);
  if (wrong === undefined) return { address, port, to: { host, port: Number(to) } };
  throw new KeelsonError(
    'bad-argument',
    `Expected --connect-to to be ADDRESS:PORT:HOST:PORT, found ${show(text)}: ${wrong}.`,
    {
      hint: 'The first pair is what DNS leads to, * for any; the second is where the connection goes: *:443:127.0.0.1:8443. IPv6 stands in brackets.',
    },
  );
}

/** What is wrong with a route, the part that is to be met before the part where it goes. */
function wrongWith(address: string, port: string, host: string, to: string): string | undefined {
  if (host === '*' || to === '*') return 'the second pair is where it goes, and * is no place';
  if (address !== '*' && isIP(address) === 0)
    return `the first pair is what is met, and ${show(address)} is neither an address nor *`;
  if (port !== '*' && !isPort(port)) return `${show(port)} is neither a port nor *`;
  if (host === '') return 'the second pair has no host';
  return isPort(to) ? undefined : `${show(to)} is no port`;
}

function isPort(text: string): boolean {
  return /^\d{1,5}$/.test(text) && Number(text) >= 1 && Number(text) <= 65_535;
}

const bare = (host: string): string => host.replace(/^\[|\]$/g, '');

function pemOf(file: string): string {
  const { text, problem } = readText(file, { maxBytes: 1_000_000 });
  if (text?.includes('-----BEGIN CERTIFICATE-----') === true) return text;
  throw new KeelsonError(
    'bad-argument',
    `Expected --authority to name certificates as PEM, found ${show(file)}${problem === undefined ? ', which holds none.' : `: ${problem.message}`}`,
  );
}
