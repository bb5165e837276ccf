import { printable } from '../problems.ts';
import type { CutOff, CutSetsOfRoot, RootSolution, Solution } from '../solve/index.ts';
import { significant } from '../units.ts';
import { bar, table, wordsOf, wrap } from './table.ts';
import { plural } from './words.ts';

export interface SolutionTextOptions {
  /** Bold and dim by escape codes. @default false */
  readonly colour?: boolean;
  /** @unit columns @default 120 */
  readonly width?: number;
  /** How many rows of the importance table. @default 10 */
  readonly rows?: number;
}

const FORMULAS =
  'P(1), P(0): P with the event certain and impossible. MIF = P(1) − P(0), CIF = MIF · q / P, DIF = q · P(1) / P, RAW = P(1) / P, RRW = P / P(0).';

/** A solved fault tree for a terminal: each root's probability, then its cut sets, then what matters in it. */
export function solutionText(solution: Solution, options: SolutionTextOptions = {}): string {
  const report = new SolutionReport(solution, options);
  return report.lines().join('\n');
}

class SolutionReport {
  private readonly solution: Solution;
  private readonly width: number;
  private readonly rows: number;
  private readonly paint: (code: string, text: string) => string;

  constructor(solution: Solution, { colour = false, width = 120, rows = 10 }: SolutionTextOptions) {
    this.solution = solution;
    this.width = width;
    this.rows = rows;
    this.paint = (code, text) => (colour ? `\u001b[${code}m${text}\u001b[0m` : text);
  }

  lines(): string[] {
    const { model, roots, solved, cutOff } = this.solution;
    const exact = roots.every((root) => root.exact) ? 'exact' : 'partly bounds';
    const time = solved.ms > 0 ? ` in ${significant(solved.ms)} ms` : '';
    const title = `${this.paint('1', printable(model.name))}  ${plural(roots.length, 'root')} · ${plural(model.events, 'event')} · ${exact}${time}`;
    const cut = cutOff === null ? [] : ['', ...this.paragraph(cutOffText(cutOff))];
    const measured = roots.some(({ importance }) => importance.length > 0);
    return [
      title,
      ...cut,
      ...roots.flatMap((root) => ['', ...this.root(root)]),
      ...(measured ? ['', ...this.paragraph(FORMULAS).map((line) => this.paint('2', line))] : []),
    ];
  }

  private root(root: RootSolution): string[] {
    return [...this.headline(root), ...this.cutSets(root), ...this.topSets(root), ...this.importance(root)];
  }

  private headline(root: RootSolution): string[] {
    const lines = [`  ${this.paint('1', printable(root.name))}  ${probabilityText(root)}`];
    if (root.unknown.length > 0)
      lines.push(
        `  ${plural(root.unknown.length, 'event')} without a probability: ${listed(root.unknown.map(printable))}.`,
      );
    if (!root.exact)
      lines.push(
        '  The node budget was spent before a diagram was whole; a larger --budget may solve it, at up to 120 bytes a node.',
      );
    if (root.coherent === false)
      lines.push(
        '  Not coherent: some event’s happening can prevent it. The sets below are minimal positive parts.',
      );
    else if (root.coherent === null)
      lines.push(
        '  It has negations, and whether it is coherent was not settled: the sets are minimal positive parts.',
      );
    return lines;
  }

  private cutSets({ cutSets, exact }: RootSolution): string[] {
    if (cutSets === null) return [];
    const { total, byOrder, kept } = cutSets;
    const what = nameOf(cutSets);
    if (total === null || byOrder === null)
      return exact ? ['', `  The ${what} did not fit into the node budget and were not counted.`] : [];
    const counts = byOrder.map(BigInt);
    const most = counts.reduce((a, b) => (a > b ? a : b), 0n);
    const rows = counts.flatMap((count, order) =>
      count === 0n ? [] : [[String(order), grouped(count), bar(Number((count * 1000n) / most) / 1000, 20)]],
    );
    const within = kept === null ? '' : `, ${grouped(BigInt(kept))} within the cut-off`;
    const head = `  ${grouped(BigInt(total))} ${total === '1' ? what.slice(0, -1) : what}${within}`;
    if (rows.length === 0) return ['', `${head}.`];
    return [
      '',
      `${head}, by order:`,
      ...table(
        [{ title: 'order', align: 'right' }, { title: 'sets', align: 'right' }, { title: '' }],
        rows,
        '    ',
      ),
    ];
  }

  private topSets(root: RootSolution): string[] {
    const { cutSets, probability } = root;
    const top = cutSets?.top ?? [];
    if (top.length === 0) return [];
    const known = top.some((set) => set.probability !== null);
    const indent = ' '.repeat(known ? 30 : 4);
    const lines = top.flatMap((set) => {
      const chance = set.probability === null ? '?' : precise(set.probability, 6);
      const share =
        set.probability === null || probability === null || probability === 0
          ? ''
          : `${significant((set.probability / probability) * 100)} %`;
      const figures = known ? `    ${chance.padEnd(14)}${share.padStart(8)}    ` : '    ';
      const events = set.events.length === 0 ? ['(whatever happens)'] : set.events.map(printable);
      const [first = '', ...more] = wrap(events, ' · ', this.width, indent);
      return [figures + first, ...more.map((line) => indent + line)];
    });
    return ['', headOf(root), ...lines];
  }

  private importance({ importance }: RootSolution): string[] {
    if (importance.length === 0) return [];
    const shown = importance.slice(0, this.rows);
    const number = (value: number | string | null): string =>
      value === null ? '–' : typeof value === 'string' ? '∞' : precise(value, 5);
    const right = (title: string) => ({ title, align: 'right' as const });
    const more =
      importance.length > shown.length ? ` (the first ${shown.length} of ${importance.length} events)` : '';
    return [
      '',
      `  By criticality${more}:`,
      ...table(
        [
          { title: 'event' },
          right('q'),
          right('MIF'),
          right('CIF'),
          right('DIF'),
          right('RAW'),
          right('RRW'),
        ],
        shown.map(({ event, probability, mif, cif, dif, raw, rrw }) => [
          printable(event),
          ...[probability, mif, cif, dif, raw, rrw].map(number),
        ]),
        '    ',
      ),
    ];
  }

  private paragraph(text: string): string[] {
    return wrap(wordsOf(text), ' ', this.width - 2, '').map((line) => `  ${line}`);
  }
}

function headOf({ exact, probability }: RootSolution): string {
  if (!exact) return '  The likeliest minimal cut sets that were found; there may be likelier ones:';
  return probability === null ? '  The smallest:' : '  The likeliest, and their share of P:';
}

function probabilityText({ probability, bounds }: RootSolution): string {
  if (probability !== null) return `P = ${precise(probability, 10)}`;
  if (bounds !== null) return `P between ${precise(bounds[0], 6)} and ${precise(bounds[1], 6)}`;
  return 'P unknown';
}

function cutOffText({ probability, order }: CutOff): string {
  const parts = [
    ...(probability === null ? [] : [`less likely than ${precise(probability, 6)}`]),
    ...(order === null ? [] : [`of more than ${plural(order, 'event')}`]),
  ];
  return `Cut-off, as asked: sets ${parts.join(' or ')} are not listed. Probabilities and the counts of all sets are not cut off.`;
}

function nameOf({ kind }: CutSetsOfRoot): string {
  return kind === 'minimal-cut-sets' ? 'minimal cut sets' : 'minimal positive parts';
}

const MOST_LISTED = 6;

function listed(names: readonly string[]): string {
  const more = names.length - MOST_LISTED;
  return more > 0 ? `${names.slice(0, MOST_LISTED).join(', ')} and ${more} more` : names.join(', ');
}

/** A number to so many digits, as JavaScript writes it. */
function precise(value: number, digits: number): string {
  return String(Number(value.toPrecision(digits)));
}

function grouped(count: bigint): string {
  return count.toString().replace(/\B(?=(\d{3})+$)/g, ',');
}
