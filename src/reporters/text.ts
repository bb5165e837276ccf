import type { Assessment, Drift } from '../assess/index.ts';
import { printable } from '../problems.ts';
import {
  formatAmount,
  formatHours,
  formatMoney,
  formatShare,
  significant,
  HOURS_PER_YEAR,
} from '../units.ts';
import { headlineOf } from './headline.ts';
import { journeyFigures } from './journey-figures.ts';
import { bar, table, wrap } from './table.ts';
import { addedSays, drilledSay, plural, targetsSay } from './words.ts';

export interface TextOptions {
  /** Bold, red and dim by escape codes. @default false */
  readonly colour?: boolean;
  /** @unit columns @default 120 */
  readonly width?: number;
  /** Every figure that is assumed is listed. @default false */
  readonly assumptions?: boolean;
  /** Only the answer: the headline and the journeys. @default false */
  readonly brief?: boolean;
  /** How many rows of the blast table and of the advice. @default 8 */
  readonly rows?: number;
  /** What changed since a baseline. */
  readonly drift?: Drift;
  /** Why it fails, for the last lines. */
  readonly failures?: readonly string[];
}

/** An assessment for a terminal: the answer, then the reasons, then what to do next. */
export function assessmentText(assessment: Assessment, options: TextOptions = {}): string {
  return new TextReport(assessment, options).lines().join('\n');
}

/** Items of one list that are shown. */
const MOST_LISTED = 14;

class TextReport {
  private readonly result: Assessment;
  private readonly options: TextOptions;
  private readonly rows: number;
  private readonly width: number;
  private readonly paint: (code: string, text: string) => string;

  constructor(result: Assessment, options: TextOptions) {
    this.result = result;
    this.options = options;
    this.rows = options.rows ?? 8;
    this.width = options.width ?? 120;
    this.paint = (code, text) =>
      options.colour === true && text !== '' ? `\u001b[${code}m${text}\u001b[0m` : text;
  }

  lines(): string[] {
    const { drift, brief } = this.options;
    const answer = [
      [this.title()],
      this.headline(),
      drift === undefined ? [] : this.drift(drift),
      this.journeys(),
    ];
    const reasons = (): string[][] => [
      this.blast(),
      this.lists(),
      this.advice(),
      this.paid(),
      this.options.assumptions === true ? this.assumptions() : [],
      this.warnings(),
      this.ending(),
    ];
    return [...answer, ...(brief === true ? [] : reasons())]
      .filter((block) => block.length > 0)
      .flatMap((block, i) => (i === 0 ? block : ['', ...block]));
  }

  private title(): string {
    const { plan, journeys, solved, without } = this.result;
    const name =
      this.bold(printable(plan.name)) +
      (without.length > 0 ? ` without ${without.map(printable).join(', ')}` : '');
    const exact = journeys.every(({ down, degraded }) => down.bounds === null && degraded.bounds === null)
      ? 'exact'
      : 'partly bounds';
    const time =
      solved.ms > 0 ? ` in ${solved.ms < 10 ? solved.ms.toFixed(1) : Math.round(solved.ms)} ms` : '';
    return `${name}  as of ${plan.asOf} · ${plural(journeys.length, 'journey')} · ${plural(solved.events, 'event')} · ${exact}${time}`;
  }

  private headline(): string[] {
    const tones = {
      plain: (text: string) => text,
      bad: (text: string) => this.red(text),
      strong: (text: string) => this.bold(text),
    };
    return headlineOf(this.result).map(
      (sentence) => `  ${sentence.map(({ text, tone }) => tones[tone](text)).join('')}`,
    );
  }

  private journeys(): string[] {
    const { journeys, plan } = this.result;
    const spread = journeys.some(({ down }) => down.interval[0] !== down.interval[1]);
    const gaps = journeys.some(({ switchOver }) => switchOver.hoursPerYear > 0);
    const rows = journeys.map((journey) => {
      const figures = journeyFigures(journey, plan.currency);
      return [
        this.bold(printable(journey.name)),
        figures.fullService,
        figures.down,
        ...(spread ? [figures.downInterval] : []),
        figures.outages,
        ...(gaps ? [figures.switchOvers] : []),
        figures.loss,
        figures.target === null
          ? 'none set'
          : `${figures.target}  ${figures.verdict === 'missed' ? this.red('missed') : 'met'}`,
      ];
    });
    return table(
      [
        { title: 'JOURNEY' },
        { title: 'FULL SERVICE', align: 'right' },
        { title: 'DOWN A YEAR', align: 'right' },
        ...(spread ? [{ title: '90 %', align: 'right' } as const] : []),
        { title: 'OUTAGES', align: 'right' },
        ...(gaps ? [{ title: 'SWITCH-OVERS', align: 'right' } as const] : []),
        { title: 'LOSS A YEAR', align: 'right' },
        { title: 'SLO' },
      ],
      rows,
    );
  }

  private blast(): string[] {
    const { blast, journeys, providers, plan } = this.result;
    if (blast.length === 0)
      return ['  No provider, region or zone changes a journey’s mode by failing alone.'];
    const few = journeys.length <= 6;
    const priced = blast.some(({ lossPerHour }) => lossPerHour > 0);
    const columns = [
      { title: 'IF THIS FAILS' },
      ...(few
        ? journeys.map(({ name }) => ({ title: printable(name).toUpperCase() }))
        : [{ title: 'DOWN', align: 'right' } as const, { title: 'DEGRADED', align: 'right' } as const]),
      ...(priced ? [{ title: `LOSS/H (${plan.currency})`, align: 'right' } as const] : []),
      { title: 'SHARE OF RISK' },
    ];
    const rows = blast.slice(0, this.rows).map((one) => {
      const share = providers.find(({ name }) => name === one.scope)?.lossShare;
      const modes = Object.values(one.journeys);
      const down = modes.filter((mode) => mode === 'down').length;
      return [
        one.scope,
        ...(few
          ? journeys.map(({ name }) =>
              one.journeys[name] === 'down' ? this.red('down') : (one.journeys[name] ?? this.dim('·')),
            )
          : [String(down), String(modes.length - down)]),
        ...(priced ? [formatAmount(one.lossPerHour)] : []),
        share === undefined ? '' : `${bar(share, 10)} ${formatShare(share)}`,
      ];
    });
    const more =
      blast.length > this.rows ? [`  … and ${blast.length - this.rows} more (--json lists all)`] : [];
    return [...table(columns, rows), ...more];
  }

  private lists(): string[] {
    const { journeys, sharedFate } = this.result;
    const singles = [...new Set(journeys.flatMap(({ down }) => down.singlePoints))].sort();
    const lines = this.listed('Single points', singles);
    const fate = sharedFate.map(
      ({ service, alternatives, events }) =>
        `${service}: ${alternatives.join(' and ')} share ${events.join(', ')}`,
    );
    lines.push(...this.listed('Shared fate', fate));
    const exposed = journeys.filter((journey) => journey.exposed.probability > 0);
    if (exposed.length > 0)
      lines.push(
        ...this.listed(
          'Exposed',
          exposed.map(
            (journey) =>
              `${journey.name} ${formatHours(journey.exposed.probability * HOURS_PER_YEAR)} a year without ${Object.keys(journey.exposed.missing).join(', ')}`,
          ),
        ),
      );
    const refused = journeys.filter((journey) => journey.refused.probability > 0);
    if (refused.length > 0)
      lines.push(
        ...this.listed(
          'Refused',
          refused.map(
            (journey) =>
              `${journey.name} ${formatHours(journey.refused.probability * HOURS_PER_YEAR)} a year for want of ${Object.keys(journey.refused.missing).join(', ')}`,
          ),
        ),
      );
    const lost = journeys.filter(({ switchOver }) => switchOver.dataLost.worst > 0);
    if (lost.length > 0)
      lines.push(
        ...this.listed(
          'Data lost',
          lost.map(
            ({ name, switchOver: { dataLost } }) =>
              `${name} ${significant(dataLost.perYear)} s a year, at worst ${significant(dataLost.worst)} s at once`,
          ),
        ),
      );
    lines.push(...this.compromise());
    return lines;
  }

  /** Single targets by name, and what each alternative adds to them. */
  private compromise(): string[] {
    const { journeys } = this.result;
    const short = (id: string): string => id.replace(/^compromise:/, '');
    const ways = [
      ...new Set(journeys.flatMap((journey) => journey.compromise.singlePoints.map(short))),
    ].sort();
    const lines = this.listed(`Compromise`, ways, `${plural(ways.length, 'way')} with one step: `);
    const bought = new Map<string, Set<string>>();
    for (const { compromise } of journeys)
      for (const { service, alternative, added } of compromise.byAlternative)
        for (const set of added) {
          const key = `${service}: ${alternative}`;
          bought.set(key, (bought.get(key) ?? new Set()).add(set.map(short).join(' with ')));
        }
    const rows = [...bought].map(([key, sets]) => `${key} adds ${[...sets].join(', ')}`);
    return rows.length === 0 ? lines : [...lines, ...this.listed('  by alternative', rows)];
  }

  /** A title and its items, wrapped; a dash where there are none. */
  private listed(title: string, items: readonly string[], lead = ''): string[] {
    const label = `  ${title.padEnd(16)} `;
    if (items.length === 0) return [`${label}–`];
    const shown = items.slice(0, MOST_LISTED).map(printable);
    if (items.length > shown.length) shown.push(`… (${items.length})`);
    else if (items.length > 3 && lead === '') shown[shown.length - 1] += ` (${items.length})`;
    const [first = '', ...rest] = shown;
    const indent = ' '.repeat(label.length);
    return wrap([lead + first, ...rest], ' · ', this.width, label).map(
      (line, i) => (i === 0 ? label : indent) + line,
    );
  }

  private advice(): string[] {
    const { advice, plan } = this.result;
    if (advice.length === 0) return [];
    const priced = advice.some(({ lossAvoidedPerYear }) => lossAvoidedPerYear > 0);
    const rows = advice
      .slice(0, this.rows)
      .map((one, i) => [
        `${i + 1}  ${printable(one.change)}`,
        priced
          ? formatMoney(one.lossAvoidedPerYear, plan.currency)
          : formatHours(Math.max(0, one.hoursAvoidedPerYear)),
        one.costPerYear === null ? '–' : formatMoney(one.costPerYear, plan.currency),
        addedSays(one.added),
      ]);
    return table(
      [
        { title: 'What would help most' },
        { title: priced ? 'AVOIDS A YEAR' : 'AVOIDS A YEAR, ALL JOURNEYS', align: 'right' },
        { title: 'COSTS', align: 'right' },
        { title: 'ADDS' },
      ],
      rows,
    );
  }

  private paid(): string[] {
    const { paid, plan } = this.result;
    if (paid.length === 0) return [];
    const rows = paid.map((one) => [
      printable(`${one.alternative} of ${one.service}`),
      formatMoney(Math.max(0, one.lossAvoidedPerYear), plan.currency),
      formatMoney(one.costPerYear, plan.currency),
      addedSays({ compromise: one.addedCompromise, exposedHoursPerYear: 0, refusedHoursPerYear: 0 }),
    ]);
    return table(
      [
        { title: 'What is paid for' },
        { title: 'AVOIDS A YEAR', align: 'right' },
        { title: 'COSTS', align: 'right' },
        { title: 'ADDS' },
      ],
      rows,
    );
  }

  private drift(drift: Drift): string[] {
    const { currency } = this.result.plan;
    const arrow = (from: string, to: string): string => `${from} → ${to}`;
    const rows = drift.journeys.map((journey) => [
      this.bold(printable(journey.name)),
      arrow(formatHours(journey.downHoursPerYear.from), formatHours(journey.downHoursPerYear.to)),
      journey.lossPerYear === null
        ? 'unknown'
        : arrow(
            formatMoney(journey.lossPerYear.from, currency),
            formatMoney(journey.lossPerYear.to, currency),
          ),
      `−${journey.singlePoints.gone.length} +${journey.singlePoints.added.length}`,
      arrow(journey.compromise.from, journey.compromise.to),
    ]);
    const head = table(
      [
        { title: `SINCE ${printable(drift.from.name)}`.toUpperCase() },
        { title: 'DOWN A YEAR', align: 'right' },
        { title: 'LOSS A YEAR', align: 'right' },
        { title: 'SINGLE POINTS', align: 'right' },
        { title: 'WAYS TO COMPROMISE', align: 'right' },
      ],
      rows,
    );
    const { lossPerYear } = drift;
    const sum =
      lossPerYear === null
        ? []
        : [
            `  Loss a year: ${formatMoney(lossPerYear.from, currency)} → ${formatMoney(lossPerYear.to, currency)}, ${lossPerYear.to <= lossPerYear.from ? `${formatMoney(lossPerYear.from - lossPerYear.to, currency)} avoided` : this.red(`${formatMoney(lossPerYear.to - lossPerYear.from, currency)} more`)}.`,
          ];
    const worse = drift.worse.length === 0 ? [] : this.listed('Worse now', drift.worse);
    return [...head, ...sum, ...worse];
  }

  private assumptions(): string[] {
    const rows = this.result.assumptions.map(({ subject, what }) => [printable(subject), printable(what)]);
    return rows.length === 0
      ? ['  Nothing is assumed.']
      : table([{ title: 'ASSUMED' }, { title: 'HOW' }], rows);
  }

  private warnings(): string[] {
    const own = new Set(['single-point', 'shared-fate', 'slo-missed', 'exposed', 'refused']);
    const rest = this.result.findings.filter(({ code, severity }) => !own.has(code) && severity !== 'note');
    const { file } = this.result.plan;
    const shown = rest
      .slice(0, this.rows)
      .map(
        ({ line, column, code, message }) =>
          `  ${printable(file)}:${line}:${column}  ${code}  ${printable(message)}`,
      );
    return rest.length > shown.length
      ? [...shown, `  … and ${rest.length - shown.length} more (keelson check)`]
      : shown;
  }

  private ending(): string[] {
    const { assumptions } = this.result;
    const assumed =
      assumptions.length === 0
        ? ''
        : ` ${plural(assumptions.length, 'figure')} rest${assumptions.length === 1 ? 's' : ''} on assumptions (--assumptions).`;
    // Missed targets stand in the table, and what is worse than before stands above.
    const said = this.options.drift?.worse ?? [];
    const failed = (this.options.failures ?? []).filter(
      (why) => !why.endsWith('misses its target') && !said.includes(why),
    );
    const because = failed.length === 0 ? [] : [...this.listed('Failed', failed)];
    return [`  ${targetsSay(this.result)}${assumed}${drilledSay(this.result)}`, ...because];
  }

  private bold(text: string): string {
    return this.paint('1', text);
  }

  private dim(text: string): string {
    return this.paint('2', text);
  }

  private red(text: string): string {
    return this.paint('31', text);
  }
}
