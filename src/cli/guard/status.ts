import { systemDisk } from '../../disk/index.ts';
import { KeelsonError } from '../../errors.ts';
import {
  askAt,
  askStatus,
  guardFolder,
  guardNames,
  shortDigest,
  type GuardsStatus,
  type GuardStatus,
} from '../../guard/run/index.ts';
import { printable } from '../../printable.ts';
import type { Arguments, Command } from '../command.ts';
import { STATE_OPTION, stateFolder } from './settings.ts';

export const guardStatus: Command = {
  name: 'guard status',
  summary: 'How guards stand: what is good, what is tried, what every target has, what was refused and why.',
  operands: '[NAME]',
  options: {
    json: { type: 'boolean', help: 'Print keelson.guard-status/1 as JSON.' },
    at: { type: 'string', value: 'URL', help: 'Ask this admin address in place of the state folder.' },
    ...STATE_OPTION,
  },
  example: 'keelson guard status bot-features',
  notes: ['It asks the guard that runs; where none does, it shows what was kept.'],
  async run(args, environment) {
    const found = await find(args);
    if (args.flag('json')) environment.out(JSON.stringify(found, undefined, 2));
    else environment.out(found.guards.flatMap(linesOf).map(printable).join('\n'));
    return 0;
  },
};

async function find(args: Arguments): Promise<GuardsStatus> {
  const [name, ...more] = args.operands;
  if (more.length > 0)
    throw new KeelsonError('bad-argument', `Expected the name of one guard, found ${args.operands.length}.`);
  const at = args.text('at');
  if (at === undefined) {
    const state = stateFolder(args);
    if (name !== undefined) guardFolder(systemDisk, state, name);
    return askStatus(systemDisk, state, name === undefined ? guardNames(systemDisk, state) : [name]);
  }
  if (!/^https?:$/.test(URL.canParse(at) ? new URL(at).protocol : ''))
    throw new KeelsonError(
      'bad-argument',
      `Expected an address such as http://127.0.0.1:9602 for --at, found ${at}.`,
    );
  const answer = await askAt(new URL('/status', at));
  if (answer === undefined)
    throw new KeelsonError('admin-unreachable', `No guard answers at ${at}.`, {
      hint: 'Without --at, what was kept is read from the state folder.',
    });
  const guards = answer.guards.filter((one) => name === undefined || one.name === name);
  if (guards.length === 0)
    throw new KeelsonError(
      'no-guard',
      `Expected ${name} at ${at}, found ${answer.guards.map((one) => one.name).join(', ')}.`,
    );
  return { ...answer, guards };
}

function linesOf(guard: GuardStatus): string[] {
  const { name, words, good, candidate, health, source, targets, refused, frozen, offered } = guard;
  const width = Math.max(0, ...targets.map((one) => one.name.length));
  const version = good?.version === null || good === null ? '' : ` version ${good.version}`;
  const expired = good?.isExpired === true ? ', expired' : '';
  return [
    `${name}: ${words}`,
    `  good       ${good === null ? 'none' : `${shortDigest(good.digest)}${version} since ${momentOf(good.since)}${expired}`}`,
    ...(candidate === null
      ? []
      : [`  ${candidate.state.padEnd(9)}  ${shortDigest(candidate.digest)} ${candidate.targets.join(', ')}`]),
    ...(source.where === null
      ? []
      : [
          `  source     ${source.where}: ${source.state === 'well' ? `had ${momentOf(source.seen ?? '')}` : source.words}`,
        ]),
    ...(offered === null || offered.accepted
      ? []
      : [`  not taken  ${shortDigest(offered.digest)} ${offered.violations[0]?.message ?? offered.words}`]),
    ...(guard.phase === 'stopped' ? [] : [`  health     ${health.state}`]),
    ...health.rules.map((rule) => `    ${rule.name}: ${rule.words}`),
    ...(targets.length === 0 ? [] : ['  targets']),
    ...targets.map((one) =>
      `    ${one.name.padEnd(width)}  ${one.state.padEnd(9)}  ${one.digest === null ? '-' : shortDigest(one.digest)}  ${one.words}`.trimEnd(),
    ),
    ...refused
      .slice(0, 3)
      .map(({ digest, why, at }) => `  refused    ${shortDigest(digest)} ${momentOf(at)}  ${why}`),
    ...(frozen === null ? [] : [`  frozen     since ${momentOf(frozen.at)}: ${frozen.why}`]),
    ...guard.orders.map((order) => `  ordered    ${order}`),
    ...guard.found.map((found) => `  at start   ${found}`),
    ...guard.troubles.map((trouble) => `  trouble    ${trouble}`),
  ];
}

function momentOf(moment: string): string {
  return `${moment.slice(0, 19).replace('T', ' ')} UTC`;
}
