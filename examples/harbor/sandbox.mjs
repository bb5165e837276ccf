#!/usr/bin/env node
// 18 November 2025 happens to Harbor, and Harbor stays up: starts it, puts the outage as it went, shows what users have, and ends all of it.
//   --keep        leave Harbor up afterwards, until Ctrl-C
//   --speed N     so many times as fast; 120 without
//   --from, --to  only that part of the day, such as --to 2025-11-18T11:40:00Z
//   --free-ports  ports that are free in place of those of live.yaml, where none of those is taken too
import { fork, spawn } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { Screen, seen } from './sandbox/screen.mjs';
import { Story } from './sandbox/story.mjs';
import { Visitors } from './sandbox/users.mjs';
import { money, replayed } from './sandbox/words.mjs';

const INCIDENT = 'cloudflare-2025-11-18';
/** A drill that is ended takes away what it has put first. */
const ENDS_WITHIN_MS = 10_000;

const NEXT = `  Once more by hand, in two terminals:
    node examples/harbor/live.mjs --faults --speed 120
    node bin/keelson.cjs drill …                          as it says, with --incident ${INCIDENT} or --only cloudflare`;

const here = fileURLToPath(new URL('.', import.meta.url));
const keelson = join(here, '../../bin/keelson.cjs');
const { values } = parseArgs({
  options: {
    keep: { type: 'boolean' },
    speed: { type: 'string', default: '120' },
    from: { type: 'string' },
    to: { type: 'string' },
    'free-ports': { type: 'boolean' },
  },
});
const speed = Number(values.speed);
const part = ['from', 'to'].flatMap((name) =>
  values[name] === undefined ? [] : [`--${name}`, values[name]],
);
const what = ['--incident', INCIDENT, ...part];
const screen = new Screen();
/** In the order in which they are ended: the drill takes away what it has put while there is something to take it from. */
const running = [];
let isEnding = false;
let visitors;
let story;

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => void end(130));
try {
  await show();
} catch (error) {
  if (!isEnding) process.stderr.write(`sandbox: ${error instanceof Error ? error.message : error}\n`);
  await end(1);
}

async function show() {
  const [places, [before, after]] = await Promise.all([
    startHarbor(),
    json(['replay', INCIDENT, join(here, 'before.yaml'), join(here, 'plan.yaml'), '--no-advice', '--json']),
  ]);
  const planned = await json(['drill', places.plan, ...what, '--speed', values.speed, '--dry-run', '--json']);
  const [fault] = planned.faults;
  screen.say(`Harbor Exchange is up, with two edges, two sites and all that they stand on, and 18 November 2025 happens to it.
  its status page, live  ${places.gateway}/        where users come in  ${places.door}
  Ctrl-C ends all of it. It takes about ${Math.ceil(fault.takesMs / 1_000)} s.
`);
  story = new Story(fault, speed, (when, text) => screen.event(when, text));
  visitors = new Visitors(places, (journey, mode, last) => {
    if (last !== undefined) screen.event(story.now(), `${journey.name}: ${mode === 'down' ? 'DOWN' : mode}`);
  });
  await visitors.start();
  screen.start(() => story.picture(visitors.journeys, before.journeys));
  story.start(places);
  const drill = command(['drill', places.plan, '--state', places.state, '--approve', ...what], {
    detached: true,
  });
  running.unshift(drill.child);
  const { code, out, err } = await drill.done;
  running.shift();
  if (isEnding) return;
  story.stop();
  visitors.stop();
  screen.stop();
  if (out === '') throw new Error(`the drill could not be made.\n${err}`);
  screen.say(`\n${account(before, after)}\n\n${withoutNext(out)}\n\n${NEXT}`);
  if (!values.keep) return end(code);
  screen.say(`\nHarbor stays up: ${places.gateway}/  Ctrl-C ends it.`);
}

/** What a drill says to do next is about a plan that is gone with this sandbox. */
function withoutNext(text) {
  return text.trimEnd().split('\n').slice(0, -3).join('\n');
}

function account(before, after) {
  const { currency } = before.plan;
  const rows = visitors.journeys.map((journey) => {
    const [one, two] = [before, after].map(({ journeys }) =>
      journeys.find(({ name }) => name === journey.name),
    );
    const here = seen(journey, story.beganMs, Date.now(), speed);
    return `  ${journey.name.padEnd(12)} ${replayed(one).padEnd(30)} ${replayed(two).padEnd(38)} ${here}`;
  });
  return [
    `  ${''.padEnd(12)} ${'BEFORE: ONE EDGE, BY REPLAY'.padEnd(30)} ${'AFTER: TWO, BY REPLAY'.padEnd(38)} AFTER, AS USERS HAD IT HERE`,
    ...rows,
    `  ${''.padEnd(12)} ${money(before.loss, currency).padEnd(30)} ${money(after.loss, currency)}`,
    '',
    '  By replay trade is in a lower mode as long as users are at the second edge, which carries 75 %: a drill sends too few',
    '  requests to see that.',
  ].join('\n');
}

async function startHarbor() {
  const words = [
    '--faults',
    '--speed',
    values.speed,
    values['free-ports'] ? '--free-ports' : '--free-if-taken',
  ];
  // A group of its own: Ctrl-C is for this process alone, which ends the rest in order.
  const child = fork(join(here, 'live.mjs'), words, {
    detached: true,
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  running.push(child);
  let said = '';
  child.stderr.on('data', (chunk) => {
    said = (said + chunk).slice(-2_000);
  });
  return await new Promise((resolve, reject) => {
    child.once('message', resolve);
    child.once('exit', () => reject(new Error(`Harbor could not be started.\n${said}`)));
  });
}

async function json(words) {
  const { out, err } = await command(words).done;
  if (out === '') throw new Error(`keelson ${words[0]} said nothing.\n${err}`);
  return JSON.parse(out);
}

function command(words, options = {}) {
  const child = spawn(process.execPath, [keelson, ...words], {
    ...options,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const said = { out: '', err: '' };
  child.stdout.on('data', (chunk) => {
    said.out += chunk;
  });
  child.stderr.on('data', (chunk) => {
    said.err += chunk;
  });
  return {
    child,
    done: new Promise((resolve) => child.once('close', (code) => resolve({ code: code ?? 1, ...said }))),
  };
}

/** Leaves nothing running. */
async function end(code) {
  if (isEnding) return;
  isEnding = true;
  story?.stop();
  visitors?.stop();
  screen.stop();
  for (const child of running) {
    if (child.exitCode !== null || child.signalCode !== null) continue;
    const ended = new Promise((resolve) => child.once('exit', resolve));
    const timer = setTimeout(() => killGroup(child), ENDS_WITHIN_MS);
    // What started Harbor is told alone: it ends the rest.
    child.kill('SIGTERM');
    await ended;
    clearTimeout(timer);
  }
  process.exit(code);
}

function killGroup({ pid }) {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // It has ended meanwhile.
  }
}
