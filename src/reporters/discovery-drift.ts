import type { DiscoveryDrift } from '../discover/drift.ts';
import { printable } from '../printable.ts';
import { wrap } from './table.ts';
import { plural } from './words.ts';

/** A plan held against what was found, for a terminal: the answer, then what differs, then what agrees. */
export function discoveryDriftText(
  drift: DiscoveryDrift,
  { width = 120 }: { readonly width?: number } = {},
): string {
  const { plan, confirmed, notSeen, added, contradicted } = drift;
  const line = (text: string): string[] => {
    const [first = '', ...more] = wrap(printable(text).split(' '), ' ', width, '      ');
    return [`    ${first}`, ...more.map((one) => `      ${one}`)];
  };
  const titled = (title: string, lines: readonly string[]): string[] =>
    lines.length === 0 ? [] : ['', `  ${title}`, ...lines];
  const differs = added.length + contradicted.length;
  return [
    `${printable(plan.name)}: ${differs === 0 ? 'the plan has all that was seen' : `${plural(differs, 'difference')} between the plan and what was seen`} on ${drift.asOf}`,
    ...titled(
      'Seen in place of what the plan says',
      contradicted.flatMap(({ service, on, why }) => line(`${service} → ${on}: ${why}`)),
    ),
    ...titled(
      'Seen, and not in the plan',
      added.flatMap(({ from, on, evidence }) => line(`${from} → ${on}${saysWhy(evidence[0]?.note, on)}`)),
    ),
    ...titled(
      'In the plan, not seen, though such things show themselves',
      notSeen.filter(({ wouldShow }) => wouldShow).flatMap(({ service, on }) => line(`${service} → ${on}`)),
    ),
    ...titled(
      'In the plan, and not to be seen from outside',
      notSeen.filter(({ wouldShow }) => !wouldShow).flatMap(({ service, on }) => line(`${service} → ${on}`)),
    ),
    ...titled(
      'Confirmed',
      confirmed.flatMap(({ service, on, seen, evidence }) =>
        line(
          `${service} → ${on}${seen === on ? '' : `, seen as ${seen}`}${saysWhy(evidence[0]?.note, seen)}`,
        ),
      ),
    ),
  ].join('\n');
}

function saysWhy(note: string | undefined, on: string): string {
  if (note === undefined) return '';
  const said = note.startsWith(`${on}: `) ? note.slice(on.length + 2) : note;
  return `: ${said.split('; ')[0] ?? said}`;
}
