import type { Evidence } from '../../plan/index.ts';
import { printable } from '../../printable.ts';
import {
  namesIn,
  withoutScope,
  type Draft,
  type DraftProvider,
  type DraftRequirement,
  type DraftService,
} from '../draft.ts';
import { PARTS, type Dependence, type Part, type Strength } from '../result.ts';
import type { Answers } from './answers.ts';
import { isOfPlatform } from './dependences.ts';
import type { Inferred } from './infer.ts';
import { journeysOf } from './journeys.ts';
import type { Knowledge } from './knowledge.ts';
import { declaredProviders } from './providers.ts';
import { providerOf } from './sighting.ts';

export interface DraftOptions {
  /** @default the first domain */
  readonly name?: string;
  /** @default other */
  readonly kind?: Draft['kind'];
  /** ISO 8601. @default the day of the crawl */
  readonly asOf?: string;
}

/** Most edges that one part of a draft has. */
const MOST_EDGES = 50;

/** Most that are named as hints of one part. */
const MOST_HINTS = 10;

/** A plan of what was found, before it is text. Weak signals stand in it as comments. */
export function makeDraft(
  inferred: Inferred,
  answers: Answers,
  knowledge: Knowledge,
  { name, kind = 'other', asOf }: DraftOptions = {},
): Draft {
  const { crawl } = answers;
  const day = crawl.at.slice(0, 'yyyy-mm-dd'.length);
  const services = PARTS.flatMap((part) => serviceOf(part, inferred, knowledge, day) ?? []);
  const below = inferred.dependences.filter((one) => !isOfPlatform(one) && one.strength !== 'weak');
  return {
    name: (name ?? crawl.domains[0] ?? '').slice(0, 200) || 'platform',
    kind,
    asOf: asOf ?? day,
    comments: [
      `Drafted from what could be seen of ${crawl.domains.join(', ')} from outside on ${day}.`,
      'What stands behind an edge, who else could answer, and what is needed for what, only those who run it know.',
      ...hintsOf(inferred, new Set(services.map(({ name: part }) => part))),
    ],
    journeys: journeysOf(kind, services, isStatusInZone(answers)),
    services,
    providers: declared(services, below, knowledge, day),
  };
}

/** Nodes and data of which there are only hints: no service says them, and a person may know better. */
function hintsOf({ dependences }: Inferred, drafted: ReadonlySet<string>): string[] {
  const parts = (['chain-reads', 'data'] as const).filter((part) => !drafted.has(part));
  return parts.flatMap((part) => {
    const found = new Set(
      dependences.filter((one) => isOfPlatform(one) && one.part === part).map(({ on }) => on),
    );
    const named = [...found].slice(0, MOST_HINTS).join(', ');
    if (named === '') return [];
    const more = found.size > MOST_HINTS ? ` and ${found.size - MOST_HINTS} more` : '';
    return [
      `Perhaps ${part} of ${named}${more}: hints only, such as what a library carries by default. What of it is asked goes into a service.`,
    ];
  });
}

function isStatusInZone({ statusHosts, zones }: Answers): boolean {
  return (
    statusHosts.length > 0 && statusHosts.every((host) => zones.some((zone) => host.endsWith(`.${zone}`)))
  );
}

function declared(
  services: readonly DraftService[],
  below: readonly Dependence[],
  knowledge: Knowledge,
  day: string,
): readonly DraftProvider[] {
  const used = services.flatMap(({ needs }) => (needs === null ? [] : namesIn(needs)));
  // Only of what the platform stands on itself, and what that stands on.
  const reached = new Set(used.map(withoutScope));
  const edges: Dependence[] = [];
  for (let grows = true; grows; ) {
    grows = false;
    for (const one of below) {
      if (edges.includes(one) || !reached.has(withoutScope(one.of))) continue;
      edges.push(one);
      reached.add(withoutScope(one.on));
      grows = true;
    }
  }
  return declaredProviders(
    used,
    edges.map((one) => ({
      of: withoutScope(one.of),
      use: one.on,
      part: one.part,
      evidence: evidenceOf(one, day),
    })),
    knowledge,
  );
}

function serviceOf(
  part: Part,
  { dependences, unknown, contradictions }: Inferred,
  knowledge: Knowledge,
  day: string,
): DraftService | undefined {
  const all = dependences.filter((one) => isOfPlatform(one) && one.part === part);
  const found = all.filter(({ strength }) => strength !== 'weak');
  const sure = found.slice(0, MOST_EDGES);
  const weak = all.filter(({ strength }) => strength === 'weak');
  const unknowns = unknown.filter((one) => one.part === part);
  // Something answers, even where nobody knows what.
  const isStranger = part === 'hosting' && sure.length === 0;
  if (sure.length === 0 && !isStranger) return undefined;
  const needs = sure.length === 0 ? null : requirementOf(part, sure, knowledge);
  return {
    name: part,
    comments: [
      ...questionsOf(part, sure),
      ...contradictions.filter((one) => one.part === part).map(({ of, why }) => `Of ${of}: ${why}`),
      ...unknowns.map(({ of, why }) => `Not known of ${of}: ${why}`),
      ...hostsOf(sure),
      ...(found.length > sure.length
        ? [`${found.length - sure.length} more were found and are not here.`]
        : []),
      ...weak
        .slice(0, 10)
        .map(({ on, signals }) => `Perhaps also ${on}: ${signals[0]?.kind ?? ''} ${signals[0]?.value ?? ''}`),
    ].map(printable),
    needs,
    // What it needs can fail; it is no machine of its own. Of what is not known, the plan's assumption holds.
    ...(needs === null ? {} : { outages: 'none' as const }),
    evidence: oncePerEdge(sure).map((one) => evidenceOf(one, day)),
  };
}

/** Of several hosts that stand on one thing, the first one's evidence. */
function oncePerEdge(dependences: readonly Dependence[]): Dependence[] {
  const seen = new Set<string>();
  return dependences.filter(({ on }) => !seen.has(on) && seen.add(on));
}

/** Name servers of several vendors stand in for each other; of the rest, as long as nobody says so, all is needed. */
function requirementOf(
  part: Part,
  dependences: readonly Dependence[],
  knowledge: Knowledge,
): DraftRequirement {
  if (part !== 'names' && part !== 'mail') return allOf([...new Set(dependences.map(({ on }) => on))]);
  const zones = [...new Set(dependences.map(({ of }) => of))];
  const needs = zones.map((zone) => {
    const own = dependences.filter(({ of }) => of === zone);
    const kind = part === 'names' ? 'ns' : 'mx';
    const redundant = own.filter(({ signals }) => signals.some((signal) => signal.kind === kind));
    const rest = own.filter((one) => !redundant.includes(one)).map(({ on }) => on);
    const providers = new Set(redundant.map(({ on }) => knowledge.companyOf(providerOf(on))));
    const members = [...new Set(redundant.map(({ on }) => on))];
    // That a vendor of senders is not among the receivers does not make it a fallback for them.
    return providers.size > 1 ? [{ atLeast: 1, of: members }, ...rest] : [...members, ...rest];
  });
  return allOf(unique(needs.flat()));
}

function unique(parts: readonly DraftRequirement[]): DraftRequirement[] {
  const seen = new Set<string>();
  return parts.filter((one) => {
    const key = JSON.stringify(one);
    return !seen.has(key) && seen.add(key);
  });
}

function allOf(parts: readonly DraftRequirement[]): DraftRequirement {
  const [first] = parts;
  return parts.length === 1 && first !== undefined ? first : { all: parts };
}

const QUESTIONS: Partial<Record<Part, string>> = {
  hosting:
    'Where does it run, in which places, and what does it keep there? Add services for what is behind it.',
  'page-code':
    'Which of this is needed to open the page, to sign in, to do what users come for? Take the rest out of the journeys, not out of the plan.',
  'page-extras': 'Which of this is needed for what users come for? Write it into that journey.',
  'identity-checks': 'Is it asked at each sign-in or payment? Then it belongs to those journeys too.',
  'sign-in': 'Is it needed for every sign-in, or one way of several? Of several, write any: […].',
  'chain-reads':
    'Do these stand in for each other? Then write any: […], or atLeast and of. As it stands, all are needed.',
  data: 'Which of this can be missing for a while? Take it out of the journeys that go on without it.',
  challenge: 'Is anybody let in while it cannot be asked?',
  edge: 'Can users be led past it, and how? Then write any: […] with a failover.',
  mail: 'Is it needed to sign in, for codes or links? Then it belongs to that journey too.',
  certificates: 'What is signed stays good while nobody can sign: how long before its end is it renewed?',
};

const ALONE = 'Is anybody else asked when it does not answer? Then write any: […] with a failover.';

function questionsOf(part: Part, dependences: readonly Dependence[]): string[] {
  const isAlone = part === 'chain-reads' && new Set(dependences.map(({ on }) => on)).size < 2;
  const question = isAlone ? ALONE : QUESTIONS[part];
  return question === undefined ? [] : [question];
}

/** Which host stands on what, where that differs. */
function hostsOf(dependences: readonly Dependence[]): string[] {
  const byHost = new Map<string, Set<string>>();
  for (const { of, on } of dependences) byHost.set(of, (byHost.get(of) ?? new Set()).add(on));
  const sets = [...byHost.values()].map((refs) => [...refs].sort().join(', '));
  if (new Set(sets).size < 2) return [];
  return [...byHost].slice(0, 10).map(([host, refs]) => `${host}: ${[...refs].join(', ')}`);
}

const CONFIDENCE: Readonly<Record<Strength, Evidence['confidence']>> = {
  strong: 'high',
  medium: 'medium',
  weak: 'low',
};

/** Why an edge is believed, in the words of a plan. */
export function evidenceOf({ on, strength, signals }: Dependence, day: string): Evidence {
  const [best, ...more] = signals;
  const words = signals.slice(0, 3).map(({ kind, at, value }) => `${kind} at ${at}: ${value}`);
  const rest = more.length > 2 ? `; and ${more.length - 2} more` : '';
  return {
    source: sourceOf(best),
    date: day,
    confidence: CONFIDENCE[strength],
    basis: 'seen from outside',
    note: `${on}: ${words.join('; ')}${rest}`,
    offset: 0,
  };
}

function sourceOf(signal: Dependence['signals'][number] | undefined): string {
  if (signal === undefined) return 'keelson discover';
  return /^https?:/.test(signal.at) ? signal.at : `DNS, ${signal.at}`;
}
