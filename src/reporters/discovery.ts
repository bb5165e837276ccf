import type { Dependence, Discovery, Signal } from '../discover/result.ts';
import { printable } from '../printable.ts';
import { table, wrap } from './table.ts';
import { plural } from './words.ts';

export interface DiscoveryTextOptions {
  /** Bold and dim by escape codes. @default false */
  readonly colour?: boolean;
  /** @unit columns @default 120 */
  readonly width?: number;
  /** How many troubles are shown. @default 10 */
  readonly troubles?: number;
}

/** What a platform was found to stand on, for a terminal: by part, then the reading, what speaks against it, and what is not known. */
export function discoveryText(discovery: Discovery, options: DiscoveryTextOptions = {}): string {
  const { colour = false, width = 120, troubles: most = 10 } = options;
  const strong = (text: string): string => (colour ? `\u001b[1m${text}\u001b[0m` : text);
  const { domains, at, dependences, contradictions, unknown, reading, troubles } = discovery;
  const own = dependences.filter(({ of, strength }) => !of.includes('/') && strength !== 'weak');
  const below = dependences.filter(({ of, strength }) => of.includes('/') && strength !== 'weak');
  const hints = dependences.filter(({ strength }) => strength === 'weak');
  const providers = new Set(own.map(({ on }) => on.split(/[/@]/)[0]));
  return [
    `${strong(domains.map(printable).join(', '))}: ${providers.size === 0 ? 'nothing known was seen' : `stands on ${plural(providers.size, 'provider')}, as seen`} from outside on ${at.slice(0, 10)}`,
    ...section(rows(own, 'part', width)),
    ...titled('What these stand on themselves', rows(below, 'of', width)),
    ...titled(
      'Reading',
      reading.flatMap(({ severity, message }) => bullet(severity === 'warning' ? '!' : ' ', message, width)),
    ),
    ...titled(
      'What speaks against each other',
      contradictions.flatMap(({ part, of, taken, why }) =>
        bullet(' ', `${part} of ${of}: ${why} Taken: ${taken.join(' and ') || 'none'}.`, width),
      ),
    ),
    ...titled(
      'Not known',
      unknown.flatMap(({ part, of, why }) => bullet(' ', `${part} of ${of}: ${why}`, width)),
    ),
    ...titled(
      'Hints, too weak for the plan',
      hints.flatMap(({ on, of, signals }) =>
        bullet(' ', `${on} for ${of}: ${signalSays(signals[0])}`, width),
      ),
    ),
    ...titled('Troubles', [
      ...troubles
        .slice(0, most)
        .flatMap(({ of, code, message }) => bullet(' ', `${of}: ${message} (${code})`, width)),
      ...(troubles.length > most ? [`    and ${troubles.length - most} more (--json lists them)`] : []),
    ]),
  ].join('\n');
}

function section(lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : ['', ...lines];
}

function titled(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : ['', `  ${title}`, ...lines];
}

function bullet(sign: string, text: string, width: number): string[] {
  const [first = '', ...more] = wrap(printable(text).split(' '), ' ', width, '      ');
  return [`  ${sign} ${first}`, ...more.map((line) => `      ${line}`)];
}

/** One row an edge: a thing that several hosts stand on stands once, with the best of its signals. */
function rows(dependences: readonly Dependence[], first: 'part' | 'of', width: number): string[] {
  if (dependences.length === 0) return [];
  const byEdge = new Map<string, Dependence[]>();
  for (const one of dependences) {
    const key = `${one[first]} ${one.on}`;
    byEdge.set(key, [...(byEdge.get(key) ?? []), one]);
  }
  const cells = [...byEdge.values()].flatMap((list) => {
    const [best] = list;
    if (best === undefined) return [];
    const hosts = new Set(list.map(({ of }) => of)).size;
    const more = list.reduce((sum, { signals }) => sum + signals.length, 0) - 1;
    const others = more > 0 ? ` (and ${more} more${hosts > 1 ? `, ${hosts} hosts` : ''})` : '';
    return [[best[first], best.on, best.strength, signalSays(best.signals[0]), others].map(printable)];
  });
  const taken = [0, 1, 2].reduce(
    (sum, i) => sum + Math.max(...cells.map((row) => row[i]?.length ?? 0)) + 2,
    2,
  );
  const room = Math.max(30, width - taken);
  const columns = [
    { title: first === 'part' ? 'part' : 'provider' },
    { title: 'stands on' },
    { title: 'strength' },
    { title: 'seen by' },
  ];
  let last = '';
  return table(
    columns,
    cells.map(([name = '', on = '', strength = '', said = '', others = '']) => {
      const shown = name === last ? '' : name;
      last = name;
      const left = room - others.length;
      return [shown, on, strength, (said.length > left ? `${said.slice(0, left - 1)}…` : said) + others];
    }),
    '  ',
  );
}

function signalSays(signal: Signal | undefined): string {
  return signal === undefined ? '' : `${signal.kind} ${signal.value}`;
}
