// One picture that is drawn again and again where there is a terminal, and plain lines where there is none.
import { duration, replayed } from './words.mjs';

const EVERY_MS = 250;
const MOST_EVENTS = 7;
const NARROWEST = 60;
const WIDEST = 110;

export class Screen {
  #out = process.stdout;
  #isLive = process.stdout.isTTY === true;
  #events = [];
  #drawn = 0;
  #timer;

  /** @param show what there is to draw, asked for at every drawing; undefined: nothing yet */
  start(show) {
    this.show = show;
    if (this.#isLive) {
      this.#out.write('\u001b[?25l');
      this.#timer = setInterval(() => this.#draw(), EVERY_MS);
    }
  }

  say(text) {
    this.#out.write(`${text}\n`);
  }

  /** @param when on the clock of the incident */
  event(when, text) {
    const line = `${when}  ${text}`;
    this.#events.push(line);
    if (!this.#isLive) this.say(`  ${line}`);
  }

  /** What was drawn last stays. */
  stop() {
    if (this.#timer === undefined) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#draw();
    this.#out.write('\u001b[?25h');
  }

  #draw() {
    const picture = this.show();
    if (picture === undefined) return;
    const width = Math.max(NARROWEST, Math.min(WIDEST, this.#out.columns ?? WIDEST)) - 1;
    const lines = [
      ...linesOf(picture, width),
      '',
      ...this.#events.slice(-MOST_EVENTS).map((line) => `  ${line}`),
    ];
    const text = lines.map((line) => `\u001b[2K${[...line].slice(0, width).join('')}\n`).join('');
    this.#out.write(`${this.#drawn > 0 ? `\u001b[${this.#drawn}A` : ''}${text}`);
    this.#drawn = Math.max(this.#drawn, lines.length);
    if (lines.length < this.#drawn) this.#drawn = lines.length;
  }
}

function linesOf({ at, startMs, totalMs, now, fails, usersAt, journeys, before, speed }, width) {
  const isWide = width >= 90;
  const cells = Math.max(20, width - (isWide ? 62 : 34));
  const cellMs = totalMs / cells;
  const done = Math.max(0, Math.min(cells, Math.floor((at - startMs) / cellMs)));
  const bar = (cell) =>
    Array.from({ length: cells }, (_, i) => (i > done ? ' ' : cell(startMs + i * cellMs))).join('');
  const head = (name) => `  ${name.padEnd(12)} `;
  return [
    `${head('')}${'━'.repeat(done)}${'─'.repeat(cells - done)}  ${now} UTC, ${speed} times as fast`,
    `${head('Cloudflare')}${bar((from) => (fails(from, from + cellMs) ? '█' : '·'))}  ${fails(at, at) ? 'FAILS' : 'well'}`,
    `${head('users are at')}${bar((from) => usersAt(from + cellMs)[0])}  ${usersAt(at)}`,
    '',
    ...journeys.map(({ name, modes, stages }) => {
      const mode = stages.at(-1)?.mode ?? modes[0];
      const story = before.find((journey) => journey.name === name);
      const beside = isWide && story !== undefined ? `before: ${replayed(story)}` : '';
      return `${head(name)}${bar((from) => glyph(worst(stages, modes, from, from + cellMs), modes))}  ${mode.padEnd(18)} ${beside}`;
    }),
    `${head('')}· first mode   ▒ a lower one   █ down${isWide ? '        before: one edge, that day by replay' : ''}`,
  ];
}

/** The worst mode within a stretch: what lasts a second must be seen too. */
function worst(stages, modes, from, to) {
  const rank = ({ mode }) => (modes.includes(mode) ? modes.indexOf(mode) : modes.length);
  const within = stages.filter(
    ({ at }, i) => at < to && (stages[i + 1]?.at ?? Number.POSITIVE_INFINITY) > from,
  );
  return Math.max(0, ...within.map(rank));
}

function glyph(rank, modes) {
  if (rank >= modes.length) return '█';
  return rank === 0 ? '·' : '▒';
}

/** How long a journey was in no mode, and in a lower one, as it was seen. */
export function seen({ modes, stages }, fromMs, toMs, speed) {
  const sums = { down: 0, lower: 0 };
  for (const [i, { at, mode }] of stages.entries()) {
    const ms = Math.min(toMs, stages[i + 1]?.at ?? toMs) - Math.max(fromMs, at);
    if (ms <= 0 || mode === modes[0]) continue;
    sums[modes.includes(mode) ? 'lower' : 'down'] += ms * speed;
  }
  const said = [
    ...(sums.down > 0 ? [`down ${duration(sums.down)}`] : []),
    ...(sums.lower > 0 ? [`lower modes ${duration(sums.lower)}`] : []),
  ];
  return said.join(', ') || 'first mode';
}
