import type { Blame, Breach, Drill, FailsAs, FaultResult, JourneyResult } from '../drill/result.ts';
import { printable } from '../printable.ts';
import { formatHours, MS_PER_HOUR } from '../units.ts';
import { plural } from './words.ts';

/* What the reporters of a drill say alike. Texts hold names as they are: whoever prints them makes them printable. */

/** What went wrong that the answer names. */
const MOST_NAMED = 3;
/** Names that a line lists. */
const MOST_LISTED = 12;

export const VERDICTS: Readonly<Record<JourneyResult['outcome'], string>> = {
  agrees: 'agrees',
  better: 'better',
  wrong: 'WRONG',
};

export const FAILS: Readonly<Record<FailsAs, string>> = {
  refuse: 'refuses connections and cuts those that are open',
  hang: 'accepts connections and never answers',
  error: 'answers with 503',
};

/** How many faults, how many as predicted, what was wrong and where: one sentence. */
export function answerOf(drill: Drill): string {
  const { faults } = drill;
  if (faults.length === 0) return 'No fault was drilled.';
  const count = (outcome: FaultResult['outcome']): number =>
    faults.filter((fault) => fault.outcome === outcome).length;
  if (count('agrees') === faults.length)
    return faults.length === 1 ? '1 fault, as predicted.' : `All ${faults.length} faults as predicted.`;
  const parts = [
    [count('agrees'), 'as predicted'],
    [count('better'), 'better than predicted'],
    [count('stopped'), 'ended before its time'],
    [count('wrong'), 'wrong'],
  ] as const;
  const said = parts.filter(([times]) => times > 0).map(([times, what]) => `${times} ${what}`);
  const wrong = wrongsOf(drill);
  const named = wrong.slice(0, MOST_NAMED).join(', ');
  const more = wrong.length > MOST_NAMED ? `, and ${wrong.length - MOST_NAMED} more` : '';
  return `${plural(faults.length, 'fault')}: ${said.join(', ')}${wrong.length > 0 ? `: ${named}${more}` : ''}.`;
}

/** Each journey that went wrong, with its fault and the part of the plan that explains it. */
function wrongsOf(drill: Drill): string[] {
  return drill.faults.flatMap((fault) =>
    fault.journeys
      .filter(({ outcome }) => outcome === 'wrong')
      .map(({ name }) => {
        const [blame] = blamesOf(drill, fault, name);
        const where = blame === undefined ? '' : ` (${blame.edge}, ${placeOf(blame)})`;
        return `${name} under ${fault.name}${where}`;
      }),
  );
}

/** What must be known beside the answer: it was ended, or something still stands. */
export function warningsOf({ stopped, outcome, restored }: Drill): string[] {
  const said: string[] = [];
  if (!restored)
    said.push(
      'NOT RESTORED: something that was put could not be taken away again. See to it before anything else.',
    );
  if (outcome === 'stopped') said.push(`STOPPED before its time: ${stopped ?? 'a fault was ended early.'}`);
  return said;
}

/** Blame that explains what became of a journey under a fault. */
export function blamesOf({ blame }: Drill, fault: FaultResult, journey: string): Blame[] {
  return blame.filter(({ explains }) => explains.includes(`${fault.name}: ${journey}`));
}

export function placeOf({ file, line }: Pick<Blame, 'file' | 'line'>): string {
  return `${file}:${line}`;
}

/** @param ms null where there is none */
export function timeSays(ms: number | null): string {
  return ms === null ? '–' : formatHours(ms / MS_PER_HOUR);
}

/** How often users met it and from when on; empty where the sentence says so itself. */
export function oftenSays({ kind, times, firstMs }: Breach): string {
  const isCounted = kind === 'differs' || kind === 'twice' || kind === 'lost' || kind === 'storm';
  return isCounted || times < 2 ? '' : `${times} times, first after ${timeSays(firstMs)}`;
}

/** The first few names, and how many more. */
export function some(names: readonly string[]): string {
  const rest = names.length - MOST_LISTED;
  return `${names.slice(0, MOST_LISTED).join(', ')}${rest > 0 ? ` and ${rest} more` : ''}`;
}

/** Lines of an edit, as they are to be pasted. */
export function yamlLines(yaml: string): string[] {
  return yaml.replace(/\n+$/, '').split('\n');
}

/** How fast, and what counts as agreeing. */
export function paceSays({ speed, toleranceMs }: Pick<Drill, 'speed' | 'toleranceMs'>): string {
  const pace = speed === 1 ? '' : `, ${Number(speed.toPrecision(6))} times as fast as the plan`;
  return `${timeSays(toleranceMs)} of tolerance${pace}`;
}

/** What to do next, and the command for it. */
export function nextOf({ plan, faults, outcome, restored }: Drill): { why: string; command: string } {
  const again = commandFor(plan.file, faults);
  if (!restored) return { why: 'Once all is as it was', command: again };
  if (outcome === 'agrees') return { why: 'On every change', command: `${again} --junit drill.xml` };
  const wrong = faults
    .filter(({ outcome: one, kind }) => one === 'wrong' && kind !== 'incident')
    .slice(0, MOST_NAMED);
  const chosen = wrong.map(({ name }) => ` --only ${shellWord(name)}`).join('');
  return outcome === 'wrong'
    ? { why: 'Mend the plan, or what runs, and drill what was wrong again', command: again + chosen }
    : { why: 'Again', command: again };
}

/** @param faults what it drills: an incident is named */
export function commandFor(file: string, faults: readonly Pick<FaultResult, 'name' | 'kind'>[] = []): string {
  const incidents = faults.filter(({ kind }) => kind === 'incident');
  const named = incidents.map(({ name }) => ` --incident ${shellWord(name)}`).join('');
  return `keelson drill ${shellWord(/^-./.test(file) ? `./${file}` : file)}${named}`;
}

/** A word as a POSIX shell takes it, whatever is in it: it is made to be pasted. */
function shellWord(text: string): string {
  const word = printable(text);
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
