import type { Coverage, JourneyReplay, Replay, ReplayStep } from '../replay/index.ts';
import { printable } from '../problems.ts';
import { formatAmount, formatHours, formatMoney, formatShare } from '../units.ts';
import { outcomeSays } from './outcome.ts';
import { table, widthOf, wrap } from './table.ts';
import { axis, LEGEND, timeline } from './timeline.ts';

export interface ReplayTextOptions {
  /** Bold, red and dim by escape codes. @default false */
  readonly colour?: boolean;
  /** @unit columns @default 120 */
  readonly width?: number;
}

/** Steps of one plan that are shown, and lines of choices. */
const MOST_STEPS = 16;
const MOST_CHOICES = 12;
/** Steps that only say what the next ones say too. */
const QUIET: ReadonlySet<ReplayStep['kind']> = new Set(['failing', 'recovered', 'approved'] as const);

/** One incident through one plan or several, for a terminal: what happened, the picture, who did what, what would have helped. */
export function replayText(replays: readonly Replay[], options: ReplayTextOptions = {}): string {
  return new ReplayReport(replays, options).lines().join('\n');
}

class ReplayReport {
  private readonly replays: readonly Replay[];
  private readonly width: number;
  private readonly paint: (code: string, text: string) => string;

  constructor(replays: readonly Replay[], options: ReplayTextOptions) {
    this.replays = replays;
    this.width = options.width ?? 120;
    this.paint = (code, text) =>
      options.colour === true && text !== '' ? `\u001b[${code}m${text}\u001b[0m` : text;
  }

  lines(): string[] {
    const [first] = this.replays;
    if (first === undefined) return [];
    const isPlaced = this.replays.some(({ from }) => from !== null);
    const blocks = [
      this.title(first),
      ...(isPlaced ? this.pictures() : this.replays.map((replay) => [this.head(replay)])),
      this.replays.some(isHarmed) ? [this.paint('2', `  ${LEGEND}`)] : [],
      ...this.replays.map((replay) => this.steps(replay)),
      this.controlPlanes(first),
      ...this.replays.map((replay) => this.otherwise(replay)),
      ...this.replays.map((replay) => this.changes(replay)),
      this.choices(),
    ];
    return blocks
      .filter((block) => block.length > 0)
      .flatMap((block, i) => (i === 0 ? block : ['', ...block]));
  }

  private title({ incident, from }: Replay): string[] {
    const day = from === null ? '' : `, ${longDay(from)}`;
    return [this.paint('1', `${printable(incident.title)}${day}`)];
  }

  private pictures(): string[][] {
    const placed = this.replays.flatMap(({ from, to }) =>
      from === null || to === null ? [] : [{ from, to }],
    );
    const from = Math.min(...placed.map((one) => Date.parse(one.from)));
    const to = Math.max(...placed.map((one) => Date.parse(one.to)));
    const names = this.replays.flatMap(({ journeys }) =>
      journeys.map(({ name }) => widthOf(printable(name))),
    );
    const left = Math.max(10, ...names) + 6;
    const right = Math.max(
      ...this.replays.flatMap((one) => one.journeys.map((j) => widthOf(this.sum(one, j)))),
    );
    const cells = Math.max(24, Math.min(72, this.width - left - right - 3));
    return this.replays.map((replay) => {
      const head = [this.head(replay)];
      if (!isHarmed(replay)) return head;
      const clock = axisLine(replay, from, to, left, cells);
      const rows = replay.journeys.map((journey) => {
        const picture = timeline(journey, from, to, cells)
          .map(({ glyph, state }) =>
            this.paint(state === 'down' ? '31' : state === 'degraded' ? '33' : '2', glyph),
          )
          .join('');
        const name = printable(journey.name);
        return `    ${name}${' '.repeat(left - 4 - widthOf(name))}${picture}   ${this.sum(replay, journey)}`.trimEnd();
      });
      return [...head, clock, ...rows];
    });
  }

  private head(replay: Replay): string {
    return `  ${this.paint('1', printable(replay.plan.name))}  ${this.answer(replay)}`;
  }

  private answer(replay: Replay): string {
    const text = outcomeSays(replay);
    return replay.outcome === 'uncovered' ? this.paint('31', text) : text;
  }

  /** Minutes and money of one journey. */
  private sum({ plan }: Replay, journey: JourneyReplay): string {
    const { minutesDown, minutesExposed, minutesAltered, loss, backlogMinutes } = journey;
    const parts = [
      minutesDown > 0 ? `down ${formatHours(minutesDown / 60)}` : '',
      ...lowerModes(journey),
      minutesExposed > 0 ? `exposed ${formatHours(minutesExposed / 60)}` : '',
      minutesAltered > 0 ? `could be altered ${formatHours(minutesAltered / 60)}` : '',
      backlogMinutes >= 0.5 ? `backlog ${formatHours(backlogMinutes / 60)}` : '',
      loss !== null && loss > 0 ? `−${formatMoney(loss, plan.currency)}` : '',
    ].filter((part) => part !== '');
    return parts.length === 0 ? 'as ever' : parts.join('  ');
  }

  private steps(replay: Replay): string[] {
    const shown = compress(merge(replay.steps.filter(({ kind }) => !QUIET.has(kind))));
    const left = replay.notBack.map(
      ({ service, inUse }) =>
        `${printable(service)} stays on ${printable(inUse)} until somebody takes it back`,
    );
    if (shown.length === 0 && left.length === 0) return [];
    const isLong = spans(replay);
    const width = Math.max(
      0,
      ...shown.slice(0, MOST_STEPS).map(({ step }) => widthOf(printable(step.service))),
    );
    const lines = shown.slice(0, MOST_STEPS).map(({ step, more, until }) => {
      const service = printable(step.service);
      const again = more > 0 ? ` (and ${more} more until ${clockOf(until, isLong)})` : '';
      const says = `${printable(step.says)}${again}`;
      return `    ${clockOf(step.at, isLong)}  ${service}${' '.repeat(width - widthOf(service))}  ${isBad(step.kind) ? this.paint('31', says) : says}`;
    });
    const rest = shown.length - MOST_STEPS;
    return [
      `  ${printable(replay.plan.name)}: who did what when`,
      ...lines,
      ...(rest > 0 ? [`    and ${rest} more steps (--json)`] : []),
      ...left.map((line) => `    at the end  ${line}`),
    ];
  }

  private controlPlanes({ controlPlanes }: Replay): string[] {
    if (controlPlanes.length === 0) return [];
    const isLong = controlPlanes.some((one) => Date.parse(one.to) - Date.parse(one.from) > 86_400_000);
    return [
      '  Steering wheels that were part of it',
      ...controlPlanes.slice(0, 8).map(({ capability, from, to, mode, used }) => {
        const says =
          mode === 'login-unavailable' ? 'unusable for who had no session' : `${mode.replaceAll('-', ' ')}`;
        return `    ${printable(capability)}  ${clockOf(from, isLong)} – ${clockOf(to, isLong)}  ${says}${used ? ', and your plan steers by it' : ''}`;
      }),
    ];
  }

  private otherwise(replay: Replay): string[] {
    const lines = replay.otherwise.map(({ service, chance, moreMinutesDown, moreLoss }) => {
      const cost = [
        moreMinutesDown > 0
          ? `${formatHours(moreMinutesDown / 60)} more of journeys down`
          : 'nothing more down',
        moreLoss !== null && moreLoss > 0 ? `−${formatMoney(moreLoss, replay.plan.currency)} more` : '',
      ].filter((part) => part !== '');
      return `    ${printable(service)}: taken to switch, ${formatShare(chance)} likely; otherwise ${cost.join(', ')}`;
    });
    return lines.length === 0 ? [] : [`  ${printable(replay.plan.name)}: what luck there was`, ...lines];
  }

  private changes(replay: Replay): string[] {
    if (replay.changes.length === 0) return [];
    const rows = replay.changes.map((one, i) => [
      String(i + 1),
      printable(one.change),
      one.lossAvoided === null ? '–' : formatAmount(one.lossAvoided),
      formatHours(one.minutesDownAvoided / 60),
    ]);
    const columns = [
      { title: '' },
      { title: 'What single change would have helped most' },
      { title: 'AVOIDS', align: 'right' as const },
      { title: 'DOWN LESS', align: 'right' as const },
    ];
    return [`  ${printable(replay.plan.name)}`, ...table(columns, rows, '  ')];
  }

  /** What had to be chosen: of all plans together, each once. */
  private choices(): string[] {
    const said = new Set(
      this.replays.flatMap(({ choices }) => choices.map(({ about, says }) => `${about}: ${says}`)),
    );
    if (said.size === 0) return [];
    const lines = [...said]
      .slice(0, MOST_CHOICES)
      .flatMap((line) =>
        wrap(printable(line).split(' '), ' ', this.width, '      ').map((part, i) =>
          i === 0 ? `    ${part}` : `      ${part}`,
        ),
      );
    const [first] = this.replays;
    const tried = (first?.sensitivity ?? []).map(
      ({ severity, minutesDown, loss }) =>
        `--severity ${severity}: ${minutesDown > 0 ? `${formatHours(minutesDown / 60)} of journeys down` : 'nothing down'}${loss === null || loss === 0 ? '' : `, −${formatMoney(loss, first?.plan.currency ?? '')}`}`,
    );
    return [
      '  Chosen, not known',
      ...lines,
      ...(said.size > MOST_CHOICES ? [`    and ${said.size - MOST_CHOICES} more (--json)`] : []),
      ...(tried.length > 0 ? [`    ${printable(first?.plan.name ?? '')} with ${tried.join('; ')}`] : []),
    ];
  }
}

function axisLine(
  { incident: _, ...replay }: Replay,
  from: number,
  to: number,
  left: number,
  cells: number,
): string {
  // The moments before the longest stretches matter most; what finds no room is left out.
  const marks = replay.journeys
    .flatMap(({ segments }) => segments)
    .map((segment) => ({
      at: Date.parse(segment.from),
      length: Date.parse(segment.to) - Date.parse(segment.from),
    }))
    .filter(({ at }) => at > from && at < to)
    .sort((a, b) => b.length - a.length || a.at - b.at)
    .map(({ at }) => at);
  return `${' '.repeat(left)}${axis(from, to, [...new Set(marks)], cells)} UTC`;
}

/** The lower modes a journey was in, best first, each with its time. */
function lowerModes({ segments, modes }: JourneyReplay): string[] {
  return modes.slice(1).flatMap(({ name }) => {
    const hours = segments
      .filter(({ mode }) => mode === name)
      .reduce((sum, { from, to }) => sum + (Date.parse(to) - Date.parse(from)) / 3_600_000, 0);
    return hours > 0 ? [`${printable(name)} ${formatHours(hours)}`] : [];
  });
}

interface Repeated {
  readonly step: ReplayStep;
  readonly more: number;
  readonly until: string;
}

/** Steps of one service at one moment as one: what has failed and where to, the end of a switch that takes no time. */
function merge(steps: readonly ReplayStep[]): ReplayStep[] {
  const merged: ReplayStep[] = [];
  for (const step of steps) {
    const before = merged.at(-1);
    const isSame = before !== undefined && before.at === step.at && before.service === step.service;
    if (isSame && before.kind === 'detected' && (step.kind === 'switching' || isBad(step.kind)))
      merged[merged.length - 1] = { ...step, says: `${before.says}: ${step.says}` };
    else if (isSame && (before.kind === 'switched' || before.kind === 'switching') && step.kind === 'in-use')
      merged[merged.length - 1] = { ...step, says: before.kind === 'switching' ? before.says : step.says };
    else if (isSame && before.kind === 'switching' && step.kind === 'switched')
      merged[merged.length - 1] = before;
    else merged.push(step);
  }
  return merged;
}

/** Steps that say the same again and again, as a flapping provider makes them, are said once with their number. */
function compress(steps: readonly ReplayStep[]): Repeated[] {
  const shown: Repeated[] = [];
  const at = new Map<string, number>();
  for (const step of steps) {
    const key = `${step.service}|${step.says}`;
    const index = at.get(key);
    const known = index === undefined ? undefined : shown[index];
    if (index === undefined || known === undefined)
      at.set(key, shown.push({ step, more: 0, until: step.at }) - 1);
    else shown[index] = { ...known, more: known.more + 1, until: step.at };
  }
  return shown;
}

function isBad(kind: ReplayStep['kind']): boolean {
  return kind === 'refused' || kind === 'stuck' || kind === 'switch-failed' || kind === 'collapsed';
}

/** Whether any journey was out of its first mode, exposed or altered. */
function isHarmed({ journeys }: Replay): boolean {
  return journeys.some(({ minutesDown, minutesDegraded, minutesExposed, minutesAltered }) =>
    [minutesDown, minutesDegraded, minutesExposed, minutesAltered].some((minutes) => minutes > 0),
  );
}

function spans({ from, to }: Replay): boolean {
  return from !== null && to !== null && Date.parse(to) - Date.parse(from) > 36 * 3_600_000;
}

function clockOf(time: string, isLong: boolean): string {
  return isLong ? time.slice(5, 16).replace('T', ' ') : time.slice(11, 19);
}

const MONTHS = 'January February March April May June July August September October November December'.split(
  ' ',
);

function longDay(time: string): string {
  return `${Number(time.slice(8, 10))} ${MONTHS[Number(time.slice(5, 7)) - 1] ?? ''} ${time.slice(0, 4)}`;
}

/** Every incident through one plan or several: which would have hurt, how much, and which nothing covers. */
export function coverageText(
  rows: readonly Coverage[],
  currency: string,
  options: ReplayTextOptions = {},
): string {
  const plans = rows[0]?.plans.map(({ plan }) => plan) ?? [];
  const paint = (code: string, text: string): string =>
    options.colour === true ? `\u001b[${code}m${text}\u001b[0m` : text;
  const touched = rows.filter((row) =>
    row.plans.some(
      ({ outcome, minutesAltered }) =>
        minutesAltered > 0 || (outcome !== 'untouched' && outcome !== 'unknown'),
    ),
  );
  const costs = plans.map((_, i) => rows.some((row) => (row.plans[i]?.loss ?? 0) > 0));
  const columns = [
    { title: 'INCIDENT' },
    ...plans.flatMap((plan, i) => [
      { title: printable(plan).toUpperCase() },
      { title: 'DOWN', align: 'right' as const },
      ...(costs[i] === true ? [{ title: `LOSS ${currency}`, align: 'right' as const }] : []),
    ]),
  ];
  const cells = touched.map((row) => [
    printable(row.incident.id),
    ...row.plans.flatMap((one, i) => [
      one.outcome + (one.minutesAltered > 0 ? ', altered' : ''),
      one.minutesDown > 0 ? formatHours(one.minutesDown / 60) : '–',
      ...(costs[i] === true ? [one.loss !== null && one.loss > 0 ? formatAmount(one.loss) : '–'] : []),
    ]),
  ]);
  const lines = [
    paint('1', `${rows.length} incidents through ${plans.map(printable).join(', ')}`),
    ...(cells.length === 0 ? [] : ['', ...table(columns, cells)]),
  ];
  const width = options.width ?? 120;
  const say = (title: string, ids: readonly string[]): void => {
    if (ids.length > 0)
      lines.push(
        '',
        ...wrap([`${title}: ${ids[0]}`, ...ids.slice(1)], ', ', width, '    ').map((line, i) =>
          i === 0 ? `  ${line}` : `    ${line}`,
        ),
      );
  };
  for (const [i, plan] of plans.entries()) {
    const own = (outcome: string): string[] =>
      rows.filter((row) => row.plans[i]?.outcome === outcome).map(({ incident }) => printable(incident.id));
    const total = rows.reduce((sum, row) => sum + (row.plans[i]?.loss ?? 0), 0);
    const uncovered = own('uncovered');
    lines.push(
      '',
      `  ${paint('1', printable(plan))}: ${own('untouched').length} do not touch it, ${own('unharmed').length} nobody notices, ${own('covered').length} are covered, ${uncovered.length} are not${total > 0 ? `; together −${formatMoney(total, currency)}` : ''}`,
    );
    if (uncovered.length > 0)
      lines.push(
        ...wrap(['  None of its fallbacks covers', ...uncovered], ' ', width, '    ').map((line, j) =>
          j === 0 ? line : `    ${line}`,
        ),
      );
  }
  say(
    'Not replayed where they matter, because nobody published when',
    rows
      .filter((row) => row.plans.some(({ outcome }) => outcome === 'unknown'))
      .map(({ incident }) => printable(incident.id)),
  );
  return lines.join('\n');
}
