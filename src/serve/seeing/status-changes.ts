import type {
  AlternativeStatus,
  Finding,
  HistoryEntry,
  HistoryKind,
  JourneyStatus,
  PoolNodeStatus,
  PoolStatus,
  ServiceStatus,
  Status,
} from './status.ts';

type Change = readonly [kind: HistoryKind, words: string];

/** What is another in the later of two, a sentence each; counters, levels and times alone are no change. */
export function changesOf(before: Status, after: Status): HistoryEntry[] {
  const changes = [
    ...planChanges(before, after),
    ...readyChanges(before, after),
    ...pairs(before.journeys, after.journeys).flatMap(([was, is]) => journeyChanges(was, is)),
    ...pairs(before.services, after.services).flatMap(([was, is]) => serviceChanges(was, is)),
    ...pairs(before.pools, after.pools).flatMap(([was, is]) => poolChanges(was, is)),
    ...findingChanges(before.findings, after.findings),
  ];
  return changes.map(([kind, words]) => ({ at: after.now, kind, words }));
}

function planChanges({ plan: was }: Status, { plan: is }: Status): Change[] {
  return was.digest === is.digest
    ? []
    : [['plan', `The plan is now ${is.name} (${is.digest.replace(/^sha256:/, '').slice(0, 12)}).`]];
}

function readyChanges(was: Status, is: Status): Change[] {
  if (was.ready === is.ready) return [];
  if (!is.ready) return [['ready', 'It is being stopped.']];
  return [['ready', is.role === 'gateway' ? 'It takes requests.' : 'It looks after its edges.']];
}

function journeyChanges(was: JourneyStatus, is: JourneyStatus): Change[] {
  const changes: Change[] = [];
  if (was.mode !== is.mode) changes.push(['mode', modeWords(was, is)]);
  if (keyOf(was.held) !== keyOf(is.held)) changes.push(['lever', leverWords(is)]);
  const missing = is.exposed.join(', ');
  if (was.exposed.join(', ') !== missing)
    changes.push([
      'exposed',
      missing === '' ? `${is.name} is protected again.` : `${is.name} is served without ${missing}.`,
    ]);
  return changes;
}

function modeWords(was: JourneyStatus, { name, mode, modes, why }: JourneyStatus): string {
  const from = was.mode === null ? 'down' : was.mode;
  const reason = mode === modes[0] || why.length === 0 ? '.' : `: ${why.map(clause).join('; ')}.`;
  return mode === null
    ? `${name} is down, from ${from}${reason}`
    : `${name} is in ${mode}, from ${from}${reason}`;
}

function leverWords({ name, held }: JourneyStatus): string {
  if (held === null) return `${name} is released.`;
  const how = held.pinned ? `pinned to ${held.mode}` : `held to ${held.mode} at best`;
  return `${name} is ${how} by ${held.by}, until ${held.until ?? 'it is released'}: ${clause(held.reason)}.`;
}

function serviceChanges(was: ServiceStatus, is: ServiceStatus): Change[] {
  const changes: Change[] = [];
  if (was.inUse !== is.inUse)
    changes.push(['service', `${is.name} uses ${is.inUse ?? 'nothing'}, from ${was.inUse ?? 'nothing'}.`]);
  if (was.waiting?.kind !== is.waiting?.kind && is.waiting !== null)
    changes.push(['waiting', `${is.name} waits: ${clause(is.waiting.words)}.`]);
  for (const [before, after] of pairs(was.alternatives, is.alternatives))
    changes.push(...probeChanges(is.name, before, after));
  if (was.steering?.ok !== is.steering?.ok && is.steering !== null)
    changes.push([
      'steering',
      is.steering.ok
        ? `${is.name} can be steered.`
        : `${is.name} cannot be steered: ${clause(is.steering.why ?? 'it is not known why')}.`,
    ]);
  return changes;
}

function probeChanges(service: string, was: AlternativeStatus, { name, probe }: AlternativeStatus): Change[] {
  if (probe === null || was.probe?.ok === probe.ok) return [];
  // That all is well from the beginning is no news.
  if (probe.ok) return was.probe === null ? [] : [['probe', `${service}: ${name} answers again.`]];
  return [['probe', `${service}: ${name} does not answer: ${clause(probe.why ?? 'it is not known why')}.`]];
}

/** What people should know of the nodes of a chain; that one lags for a while is in the log alone. */
function poolChanges(was: PoolStatus, is: PoolStatus): Change[] {
  const { name } = is;
  const changes: string[] = [];
  if (was.head !== null && is.head !== null) {
    const { number } = is.head;
    if (was.head.isFresh !== is.head.isFresh)
      changes.push(
        is.head.isFresh
          ? `its nodes agree on its head again, ${number}`
          : `its nodes no longer agree on its head, which was ${number}`,
      );
    if (was.head.isStalled !== is.head.isStalled)
      changes.push(is.head.isStalled ? `its head stands still at ${number}` : 'its head moves again');
  }
  for (const [before, after] of pairs(was.nodes, is.nodes)) changes.push(...nodeChanges(before, after, is));
  return changes.map((words) => ['pool', `${name}: ${words}.`]);
}

function nodeChanges(was: PoolNodeStatus, is: PoolNodeStatus, { chain }: PoolStatus): string[] {
  const { name, state, until } = is;
  const contradicted = is.lastDissent === null ? '' : `: ${is.lastDissent.method}, ${is.lastDissent.why}`;
  if (was.state !== state) {
    if (state === 'put aside')
      return [
        `${name} is put aside${until === null ? '' : ` until ${until.slice(11, 19)} UTC`}${contradicted}`,
      ];
    if (state === 'of another chain')
      return [`${name} is of chain ${is.chain ?? 'unknown'}, not of ${chain}`];
    if (state === 'used up') return [`${name} has had all calls of today`];
    if (was.state === 'put aside') return [`${name} is no longer put aside: it is ${state}`];
    if (was.state === 'of another chain') return [`${name} is of chain ${chain} again`];
  }
  return isNewDissent(was, is) ? [`${name} contradicted the others and is still needed${contradicted}`] : [];
}

/** One that goes on contradicting, and cannot be spared, is told of now and then. */
const DISSENT_AGAIN_MS = 600_000;

function isNewDissent(was: PoolNodeStatus, { state, dissents, lastDissent }: PoolNodeStatus): boolean {
  if (dissents === was.dissents || state === 'put aside' || lastDissent === null) return false;
  const before = was.lastDissent?.at;
  return before === undefined || Date.parse(lastDissent.at) - Date.parse(before) > DISSENT_AGAIN_MS;
}

function findingChanges(was: readonly Finding[], is: readonly Finding[]): Change[] {
  const known = new Set(was.map(keyOf));
  return is.filter((finding) => !known.has(keyOf(finding))).map(({ message }) => ['finding', message]);
}

/** What is in both, by name. */
function pairs<T extends { readonly name: string }>(before: readonly T[], after: readonly T[]): [T, T][] {
  const known = new Map(before.map((one) => [one.name, one]));
  return after.flatMap((one): [T, T][] => {
    const was = known.get(one.name);
    return was === undefined ? [] : [[was, one]];
  });
}

function keyOf(value: unknown): string {
  return JSON.stringify(value);
}

/** A sentence as a part of one: without its full stop. */
function clause(words: string): string {
  return words.replace(/\.$/, '');
}
