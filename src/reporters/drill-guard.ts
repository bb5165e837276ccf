import type { GuardDrill, LeftOut, Observed, OfferResult, Predicted } from '../guard/drill/result.ts';
import { printable } from '../printable.ts';
import { table } from './table.ts';
import { plural } from './words.ts';

/** First the answer, then a line a file, then what was not as it should be. */
export function guardDrillText(drill: GuardDrill): string {
  const { contract, environment, offers, leftOut, good, seed, restored, stopped } = drill;
  const version = good.version === null ? '' : ` version ${good.version}`;
  const lines = [
    `${contract.name}: ${answerOf(drill)}`,
    '',
    `  ${environment}, made of ${short(good.digest)}${version}, ${plural(good.bytes, 'byte')}, seed ${seed}`,
    '',
    ...table(
      [
        { title: 'file' },
        { title: 'predicted' },
        { title: 'observed' },
        { title: 'after', align: 'right' },
        { title: 'back', align: 'right' },
        { title: 'targets that had it' },
        { title: '' },
      ],
      offers.map(rowOf),
    ),
    ...notes(offers),
    ...leftOutLines(leftOut),
    ...(stopped === null ? [] : ['', `Ended before its time: ${stopped}`]),
    ...(restored
      ? []
      : [
          '',
          `The good file was not back everywhere. Put it back: keelson drill guard ${contract.file} --restore`,
        ]),
  ];
  return lines.map((line) => printable(line)).join('\n');
}

/** What would be offered, and what the contract makes of it. */
export function guardForeseenText(
  name: string,
  foreseen: readonly Pick<OfferResult, 'name' | 'says' | 'bytes' | 'predicted'>[],
  leftOut: readonly LeftOut[],
): string {
  const lines = [
    `${name}: ${plural(foreseen.length, 'file')} would be offered; nothing was touched`,
    '',
    ...table(
      [{ title: 'file' }, { title: 'bytes', align: 'right' }, { title: 'how' }, { title: 'predicted' }],
      foreseen.map(({ name: file, bytes, says, predicted }) => [
        file,
        String(bytes),
        says,
        predictedSays(predicted),
      ]),
    ),
    ...leftOutLines(leftOut),
  ];
  return lines.map((line) => printable(line)).join('\n');
}

function answerOf({ offers, outcome }: GuardDrill): string {
  const files = plural(offers.filter(({ observed }) => observed !== null).length, 'file');
  const wrong = offers.filter((one) => one.outcome === 'wrong').length;
  if (outcome === 'agrees') return `${files} offered, all as predicted`;
  if (outcome === 'stopped') return `${files} offered, as predicted until it was ended`;
  return `${files} offered, ${wrong} WRONG`;
}

function rowOf({ name, predicted, observed, had, outcome }: OfferResult): string[] {
  return [
    name,
    predictedSays(predicted),
    observed === null ? 'not offered' : observedSays(observed),
    seconds(observed?.decidedMs),
    seconds(observed?.backMs),
    [...new Set(had.map(({ target }) => target))].join(', ') || 'none',
    outcome === 'wrong' ? 'WRONG' : outcome,
  ];
}

function predictedSays(predicted: Predicted): string {
  switch (predicted.end) {
    case 'refused':
      return `refused: ${predicted.codes.join(', ')}`;
    case 'refused-before':
      return 'refused before';
    case 'taken-back':
      return `on ${predicted.canary.join(', ')}, then back`;
    case 'let-through':
      return 'LET THROUGH';
  }
}

function observedSays({ end, codes, killed }: Observed): string {
  const says = end.replaceAll('-', ' ');
  return `${says}${codes.length === 0 ? '' : `: ${codes.join(', ')}`}${killed ? ', killed' : ''}`;
}

function notes(offers: readonly OfferResult[]): string[] {
  const wrong = offers.filter(({ breaches }) => breaches.length > 0);
  return wrong.flatMap(({ name, says, breaches }) => [
    '',
    `${name} (${says})`,
    ...breaches.map((one) => `  ${one.kind}  ${one.says}`),
  ]);
}

function leftOutLines(leftOut: readonly LeftOut[]): string[] {
  if (leftOut.length === 0) return [];
  return ['', `Not made: ${leftOut.map(({ name, why }) => `${name} (${why})`).join(', ')}`];
}

function seconds(ms: number | null | undefined): string {
  return ms === null || ms === undefined ? '-' : `${(ms / 1000).toFixed(1)} s`;
}

function short(digest: string): string {
  return digest.replace('sha256:', '').slice(0, 12);
}
