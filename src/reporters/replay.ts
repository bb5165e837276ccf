import type { JourneyReplay, Replay, ReplayStep } from '../replay/index.ts';
import { printable } from '../problems.ts';
import { formatHours, formatMoney, MS_PER_HOUR } from '../units.ts';
import { outcomeSays } from './outcome.ts';
import { table, widthOf, wordsOf, wrap } from './table.ts';
import { axis, LEGEND, timeline } from './timeline.ts';
import { clockOf, luckSays, spanOf, wheelsSay } from './replay-words.ts';

export interface ReplayTextOptions {
  /** Bold, red and dim by escape codes. @default false */
  readonly colour?: boolean;
  /** @unit columns @default 120 */
  readonly width?: number;
}

/** Steps of one plan that are shown, and lines of choices. */
const MOST_STEPS = 16;
const MOST_CHOICES = 10;
const MOST_WHEELS = 8;
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
    const harmed = this.replays.filter(isHarmed);
    const others = this.replays.filter((replay) => !isHarmed(replay));
    const blocks = [
      this.title(first),
      ...this.pictures(harmed),
      others.flatMap((replay) => this.head(replay)),
      harmed.length > 0
        ? wrap(LEGEND, '   ', this.width, '  ').map((line) => this.paint('2', `  ${line}`))
        : [],
      ...this.replays.map((replay) => this.steps(replay)),
      this.wheels(),
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
    return this.wrapped(`${printable(incident.title)}${day}`, '').map((line) => this.paint('1', line));
  }

  /** Text in lines that fit, each after the first further in. */
  private wrapped(text: string, indent: string): string[] {
    return wrap(wordsOf(text), ' ', this.width, `${indent}  `).map((line, i) =>
      i === 0 ? `${indent}${line}` : `${indent}  ${line}`,
    );
  }

  private head(replay: Replay): string[] {
    const name = printable(replay.plan.name);
    const lines = this.wrapped(`${name}  ${outcomeSays(replay)}`, '  ');
    const isBad = replay.outcome === 'uncovered';
    const painted = (text: string): string => (isBad ? this.paint('31', text) : text);
    return lines.map((line, i) =>
      i === 0 && line.startsWith(`  ${name}`)
        ? `  ${this.paint('1', name)}${painted(line.slice(2 + name.length))}`
        : painted(line),
    );
  }

  private pictures(harmed: readonly Replay[]): string[][] {
    const from = Math.min(...harmed.map((one) => Date.parse(one.from ?? '')));
    const to = Math.max(...harmed.map((one) => Date.parse(one.to ?? '')));
    const journeys = harmed.flatMap((replay) => replay.journeys.map((journey) => ({ replay, journey })));
    const names = journeys.map(({ journey }) => widthOf(printable(journey.name)));
    const left = Math.max(10, ...names) + 6;
    const right = Math.max(0, ...journeys.map(({ replay, journey }) => widthOf(this.sum(replay, journey))));
    const room = this.width - left - 3;
    const cells = Math.max(24, Math.min(72, room - right));
    return harmed.map((replay) => {
      const rows = replay.journeys.flatMap((journey) => {
        const picture = timeline(journey, from, to, cells)
          .map(({ glyphs, state }) =>
            this.paint(state === 'down' ? '31' : state === 'degraded' ? '33' : '2', glyphs),
          )
          .join('');
        const name = printable(journey.name);
        const begin = `    ${name}${' '.repeat(left - 4 - widthOf(name))}${picture}   `;
        // Where it does not fit beside the picture, it stands below.
        const sums = wrap(this.sum(replay, journey).split('  '), '  ', Math.max(30, room - cells), '');
        return sums.map((line, i) =>
          (i === 0 ? `${begin}${line}` : `${' '.repeat(left + cells + 3)}${line}`).trimEnd(),
        );
      });
      return [...this.head(replay), axisLine(replay, from, to, left, cells), ...rows];
    });
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
    return parts.length === 0 ? 'as usual' : parts.join('  ');
  }

  private steps(replay: Replay): string[] {
    const shown = compress(merge(replay.steps.filter(({ kind }) => !QUIET.has(kind))));
    const span = spanOf(replay);
    const first = shown.slice(0, MOST_STEPS);
    const width = Math.max(0, ...first.map(({ step }) => widthOf(printable(step.service))));
    const lines = first.flatMap(({ step, more, until }) => {
      const service = printable(step.service);
      const begin = `    ${clockOf(step.at, span)}  ${service}${' '.repeat(width - widthOf(service))}  `;
      const again = more > 0 ? ` (and ${more} more until ${clockOf(until, span)})` : '';
      const indent = ' '.repeat(widthOf(begin));
      return wrap(`${printable(step.says)}${again}`.split(' '), ' ', this.width, indent).map((line, i) => {
        const text = isBad(step.kind) ? this.paint('31', line) : line;
        return i === 0 ? begin + text : indent + text;
      });
    });
    const stays = [
      ...replay.notBack.map(
        ({ service, inUse }) =>
          `    at the end  ${printable(service)} stays on ${printable(inUse)} until somebody takes it back`,
      ),
      ...replay.journeys
        .filter(({ endsIn, modes }) => endsIn !== modes[0]?.name)
        .map(({ name, endsIn }) => {
          const state = endsIn === 'down' ? 'down' : `in ${printable(endsIn)}`;
          const says = `    at the end  ${printable(name)} stays ${state}, and nothing under way changes that`;
          return endsIn === 'down' ? this.paint('31', says) : says;
        }),
    ];
    if (lines.length + stays.length === 0) return [];
    const rest = shown.length - first.length;
    return [
      `  ${printable(replay.plan.name)}: who did what when`,
      ...lines,
      ...(rest > 0 ? [`    and ${rest} more steps (--json)`] : []),
      ...stays,
    ];
  }

  /** Of all plans, each once. */
  private wheels(): string[] {
    const said = new Set(this.replays.flatMap(wheelsSay));
    if (said.size === 0) return [];
    const rest = said.size - MOST_WHEELS;
    return [
      '  What one changes things with, and was hit too',
      ...[...said].slice(0, MOST_WHEELS).flatMap((line) => this.wrapped(line, '    ')),
      ...(rest > 0 ? [`    and ${rest} more (--json)`] : []),
    ];
  }

  private otherwise(replay: Replay): string[] {
    const lines = luckSays(replay).flatMap((line) => this.wrapped(line, '    '));
    return lines.length === 0 ? [] : [`  ${printable(replay.plan.name)}: what was taken as sure`, ...lines];
  }

  private changes({ changes, plan }: Replay): string[] {
    if (changes.length === 0) return [];
    const most = Math.max(40, this.width - 40);
    const rows = changes.flatMap((one, i) =>
      wrap(printable(one.change).split(' '), ' ', most, '').map((line, j) =>
        j > 0
          ? ['', line, '', '']
          : [
              String(i + 1),
              line,
              one.lossAvoided === null ? '–' : formatMoney(one.lossAvoided, plan.currency),
              formatHours(one.minutesDownAvoided / 60),
            ],
      ),
    );
    const columns = [
      { title: '' },
      { title: 'WHAT SINGLE CHANGE WOULD HAVE HELPED MOST' },
      { title: 'SAVES', align: 'right' as const },
      { title: 'JOURNEYS DOWN LESS', align: 'right' as const },
    ];
    return [`  ${printable(plan.name)}`, ...table(columns, rows, '  ')];
  }

  /** What had to be chosen: of all plans together, each once, what is chosen alike together. */
  private choices(): string[] {
    const about = new Map<string, Set<string>>();
    for (const { choices } of this.replays)
      for (const choice of choices)
        about.set(choice.says, (about.get(choice.says) ?? new Set()).add(choice.about));
    const all = [...about].map(
      ([says, names]) => `${[...names].map(printable).join(', ')}: ${printable(says)}`,
    );
    const severities = this.replays.flatMap((replay) => this.severities(replay));
    if (all.length + severities.length === 0) return [];
    const rest = all.length - MOST_CHOICES;
    return [
      '  Chosen, not known',
      ...all.slice(0, MOST_CHOICES).flatMap((line) => this.wrapped(line, '    ')),
      ...(rest > 0 ? [`    and ${rest} more (--json)`] : []),
      ...severities,
    ];
  }

  /** The same under other severities, where that changes anything. */
  private severities(replay: Replay): string[] {
    const { sensitivity, journeys, plan } = replay;
    if (sensitivity.length === 0 || !isHarmed(replay)) return [];
    const minutes = journeys.reduce((sum, { minutesDown }) => sum + minutesDown, 0);
    const says = sensitivity.map(({ severity, minutesDown, loss }) => {
      if (minutesDown === minutes && loss === replay.loss) return `--severity ${severity} changes nothing`;
      const lost = loss === null || loss === 0 ? '' : `, −${formatMoney(loss, plan.currency)}`;
      const down = minutesDown > 0 ? `${formatHours(minutesDown / 60)} of journeys down` : 'nothing down';
      return `--severity ${severity}: ${down}${lost}`;
    });
    return this.wrapped(`${printable(plan.name)} with ${says.join('; ')}`, '    ');
  }
}

function axisLine(replay: Replay, from: number, to: number, left: number, cells: number): string {
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
  const days = Math.floor(to / 86_400_000) - Math.floor(from / 86_400_000);
  const later = days === 0 || to - from > 36 * MS_PER_HOUR ? '' : ', the next day';
  return `${' '.repeat(left)}${axis(from, to, [...new Set(marks)], cells)} UTC${later}`;
}

/** The lower modes a journey was in, best first, each with its time. */
function lowerModes({ segments, modes }: JourneyReplay): string[] {
  return modes.slice(1).flatMap(({ name }) => {
    const hours = segments
      .filter(({ mode }) => mode === name)
      .reduce((sum, { from, to }) => sum + (Date.parse(to) - Date.parse(from)) / MS_PER_HOUR, 0);
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

const MONTHS = 'January February March April May June July August September October November December'.split(
  ' ',
);

function longDay(time: string): string {
  return `${Number(time.slice(8, 10))} ${MONTHS[Number(time.slice(5, 7)) - 1] ?? ''} ${time.slice(0, 4)}`;
}
