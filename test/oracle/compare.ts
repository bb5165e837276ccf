import { assess, bestModes, type Assessment } from '../../src/assess/index.ts';
import { EMPTY_CATALOG } from '../../src/catalog/index.ts';
import { buildModel } from '../../src/model/index.ts';
import { parsePlan } from '../../src/plan/index.ts';
import { bruteForce, type OracleCondition, type OracleJourney, type OracleResult } from './brute-force.ts';

/** Relative error allowed to a probability, and to what is summed from differences of them. */
const PROBABILITY = 1e-12;
const DERIVED = 1e-9;
/** Below this an absolute error is meant: differences of doubles near one end here. */
const FLOOR = 1e-15;

/** Solves a plan both ways and says where they differ; nothing when they agree. */
export function differences(text: string): string[] {
  const { plan, problems } = parsePlan(text, 'random.yaml');
  if (plan === undefined)
    throw new Error(`The plan does not parse: ${problems.map(({ message }) => message).join(' ')}`);
  const { model } = buildModel(plan, EMPTY_CATALOG);
  if (model === undefined) throw new Error('The plan has no model.');
  const best = bestModes(model, () => 0);
  const undisturbed = new Map(
    model.journeys.map(({ name, modes }, i) => [name, modes[best[i]?.[0] ?? 0]?.name ?? 'down']),
  );
  const ours = assess(model, { advice: false, draws: 0, top: 100_000 });
  return new Comparison(ours, bruteForce(plan), undisturbed).run();
}

class Comparison {
  private readonly ours: Assessment;
  private readonly theirs: OracleResult;
  private readonly found: string[] = [];
  /** By journey, its mode while everything works. */
  private readonly undisturbed: ReadonlyMap<string, string>;

  constructor(ours: Assessment, theirs: OracleResult, undisturbed: ReadonlyMap<string, string>) {
    this.undisturbed = undisturbed;
    this.ours = ours;
    this.theirs = theirs;
  }

  run(): string[] {
    for (const [i, theirs] of this.theirs.journeys.entries()) this.journey(theirs, i);
    this.sharedFate();
    for (const { scope, journeys } of this.theirs.blast) {
      const ours = this.ours.blast.find((blast) => blast.scope === scope);
      for (const [name, mode] of Object.entries(journeys)) {
        // Whole capabilities are a what-if, not a blast; journeys that keep the mode they are in are not listed.
        if (scope.split('@')[0]?.includes('/') === true) continue;
        this.same(`blast ${scope} ${name}`, ours?.journeys[name] ?? this.undisturbed.get(name), mode);
      }
    }
    return this.found;
  }

  private journey(theirs: OracleJourney, i: number): void {
    const ours = this.ours.journeys[i];
    if (ours === undefined) {
      this.found.push(`journey ${theirs.name} is missing`);
      return;
    }
    const at = theirs.name;
    for (const [m, mode] of theirs.modes.entries())
      this.close(`${at} mode ${mode.name}`, ours.modes[m]?.probability, mode.probability, PROBABILITY);
    this.condition(`${at} down`, ours.down, theirs.down);
    this.condition(`${at} degraded`, ours.degraded, theirs.degraded);
    const loss =
      theirs.lossPerYear === null ? null : theirs.lossPerYear + (theirs.switchOver.lossPerYear ?? 0);
    this.close(`${at} loss`, ours.lossPerYear, loss, DERIVED);
    for (const what of ['perYear', 'hoursPerYear', 'downHoursPerYear'] as const)
      this.close(`${at} switchOver ${what}`, ours.switchOver[what], theirs.switchOver[what], DERIVED);
    const lost = theirs.switchOver.dataLost;
    this.close(
      `${at} data lost`,
      ours.switchOver.dataLost.perYear,
      lost.reduce((sum, one) => sum + one.perYear, 0),
      DERIVED,
    );
    this.close(
      `${at} data lost at worst`,
      ours.switchOver.dataLost.worst,
      Math.max(0, ...lost.map((one) => one.worst)),
      DERIVED,
    );
    for (const what of ['exposed', 'refused'] as const) {
      this.close(`${at} ${what}`, ours[what].probability, theirs[what].probability, PROBABILITY);
      const names = new Set([
        ...Object.keys(ours[what].missing),
        ...Object.keys(theirs[what].missing),
      ]) as Set<'waf'>;
      for (const name of names)
        this.close(
          `${at} ${what} ${name}`,
          ours[what].missing[name],
          theirs[what].missing[name],
          PROBABILITY,
        );
    }
    for (const theirs_ of theirs.importance) {
      const mine = ours.importance.find(({ event }) => event === theirs_.event);
      this.close(`${at} birnbaum ${theirs_.event}`, mine?.birnbaum ?? 0, theirs_.birnbaum, DERIVED);
      if (mine === undefined) continue;
      this.close(`${at} criticality ${theirs_.event}`, mine.criticality, theirs_.criticality, DERIVED);
      this.close(`${at} raw ${theirs_.event}`, mine.raw, theirs_.raw, DERIVED);
      const rrw = mine.rrw === 'Infinity' ? Number.POSITIVE_INFINITY : mine.rrw;
      // With nothing left the ratio is a rounding error over a rounding error.
      if (theirs_.rrw < 1e9 || rrw < 1e9) this.close(`${at} rrw ${theirs_.event}`, rrw, theirs_.rrw, 1e-6);
    }
    this.same(`${at} compromise`, setsOf(ours.compromise.sets), setsOf(theirs.compromise.sets.slice(0, 50)));
    this.same(`${at} compromise total`, ours.compromise.total, String(theirs.compromise.total));
    const mineAdded = ours.compromise.byAlternative
      .map(({ service, added }) => `${service}: ${setsOf(added)}`)
      .sort();
    const theirAdded = theirs.compromise.byAlternative
      .filter(({ added }) => added.length > 0)
      .map(({ service, added }) => `${service}: ${setsOf(added)}`)
      .sort();
    this.same(`${at} compromise by alternative`, mineAdded.join('; '), theirAdded.join('; '));
  }

  private condition(at: string, ours: Assessment['journeys'][number]['down'], theirs: OracleCondition): void {
    this.close(`${at} probability`, ours.probability, theirs.probability, PROBABILITY);
    this.close(`${at} entries`, ours.outagesPerYear, theirs.outagesPerYear, DERIVED);
    if (theirs.outagesPerYear > 1e-9)
      this.close(`${at} mean stay`, ours.meanHours, theirs.meanHours, DERIVED);
    this.same(`${at} cut sets`, setsOf(ours.cutSets.top.map(({ events }) => events)), setsOf(theirs.cutSets));
    this.same(`${at} count`, ours.cutSets.total, String(theirs.cutSets.length));
    this.same(`${at} coherent`, ours.cutSets.coherent, theirs.coherent);
    this.same(
      `${at} single points`,
      [...ours.singlePoints].sort().join(),
      [...theirs.singlePoints].sort().join(),
    );
  }

  /** Places without a record count as shared fate too: the oracle knows only events that happen. */
  private sharedFate(): void {
    const known = new Set(this.ours.events.map(({ id }) => id));
    const named = (service: string, events: readonly string[]): string[] =>
      events.filter((event) => known.has(event)).map((event) => `${service} ${event}`);
    const mine = this.ours.sharedFate.flatMap(({ service, events }) => named(service, events));
    const theirs = this.theirs.sharedFate.flatMap(({ service, events }) =>
      named(
        service,
        events.map(({ event }) => event),
      ),
    );
    this.same('shared fate', mine.sort().join(), theirs.sort().join());
  }

  private same(what: string, ours: unknown, theirs: unknown): void {
    if (ours !== theirs) this.found.push(`${what}: ${String(ours)} instead of ${String(theirs)}`);
  }

  private close(
    what: string,
    ours: number | null | undefined,
    theirs: number | null | undefined,
    tolerance: number,
  ): void {
    const a = ours ?? 0;
    const b = theirs ?? 0;
    if ((ours === null) !== (theirs === null)) this.found.push(`${what}: ${ours} instead of ${theirs}`);
    else if (a !== b && !(Math.abs(a - b) <= tolerance * Math.max(Math.abs(a), Math.abs(b)) + FLOOR))
      this.found.push(`${what}: ${a} instead of ${b} (${((a - b) / b).toExponential(2)})`);
  }
}

function setsOf(sets: readonly (readonly string[])[]): string {
  return sets
    .map((set) => `{${[...set].sort().join(' ')}}`)
    .sort()
    .join(' ');
}
