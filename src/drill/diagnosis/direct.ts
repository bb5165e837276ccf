import { pathTest, placeIn, type Journey, type Plan } from '../../plan/index.ts';
import type { Model } from '../../model/index.ts';
import type { Breach, JourneyResult } from '../result.ts';
import { formatHours, MS_PER_HOUR } from '../../units.ts';
import { STORM } from '../results.ts';
import { alternativesOf, firstOf, membersOf } from '../switches.ts';
import type { Item, Observed } from './observed.ts';

/** Something that what was seen points at by itself, without anything being tried. */
export interface Pointed {
  readonly edge: string;
  readonly offset: number;
  readonly says: string;
  readonly edit: { readonly says: string; readonly yaml: string } | null;
  readonly explains: Item;
}

/**
 * What broken promises of modes, probes that lied, storms and hasty returns point at.
 *
 * @param speed how many seconds of the plan pass in one of the drill
 */
export function pointedAt(model: Model, speed: number, observed: readonly Observed[]): Pointed[] {
  return observed.flatMap((one) => [
    ...one.result.journeys.flatMap((journey) =>
      journey.breaches.flatMap((breach) => ofBreach(model, one, journey, breach)),
    ),
    ...lies(model, one),
    ...hastyReturns(model, speed, one),
  ]);
}

/** Users who were taken back before health had held as long as the plan says. */
function hastyReturns(model: Model, speed: number, { result, lastedMs }: Observed): Pointed[] {
  const early = [
    ...result.switches.flatMap(({ service, to, predictedMs, observedMs, agrees }) =>
      !agrees && observedMs !== null && observedMs < predictedMs ? [{ service, to, atMs: observedMs }] : [],
    ),
    ...result.unforeseen,
  ].filter(({ service, to, atMs }) => to === firstOf(model, service) && atMs >= lastedMs);
  return early.flatMap(({ service, to, atMs }): Pointed[] => {
    const failover = model.plan.services?.find(({ name }) => name === service)?.value.failover;
    if (failover?.hold === undefined || failover.hold === 0) return [];
    const heldHours = ((atMs - lastedMs) * speed) / MS_PER_HOUR;
    if (heldHours >= failover.hold) return [];
    const edge = `${service}.failover.hold`;
    return [
      {
        edge,
        offset: failover.offset,
        says: `${service} was back on ${to} after ${formatHours(heldHours)}, where ${formatHours(failover.hold)} of health are to hold.`,
        edit: {
          says: `${edge} is ${formatHours(heldHours)}`,
          yaml: `${service}: {failover: {…, hold: ${Math.round(heldHours * 3_600)}s}}`,
        },
        explains: { fault: result.name, about: service },
      },
    ];
  });
}

function ofBreach(model: Model, one: Observed, { name }: JourneyResult, breach: Breach): Pointed[] {
  const { plan } = model;
  const explains = { fault: one.result.name, about: name };
  const journey = plan.journeys.find((known) => known.name === name);
  if (journey === undefined) return [];
  const mode = journey.value.modes.find((known) => known.name === breach.mode);
  const said = (edge: string, offset: number, edit: Pointed['edit']): Pointed[] => [
    { edge, offset, says: breach.says, edit, explains },
  ];
  switch (breach.kind) {
    case 'lets-through':
      return said(`${name}.modes.${breach.mode}.allow`, mode?.offset ?? journey.offset, {
        says: `${breach.mode} lets ${breach.send} through`,
        yaml: `${name}: {modes: {${breach.mode}: {allow: [${allowOf(breach.send)}, …]}}}`,
      });
    case 'refuses':
      return said(`${name}.modes.${breach.mode}.allow`, mode?.offset ?? journey.offset, null);
    case 'twice': {
      const route = routeOf(journey.value, breach.send);
      const edge = `${name}.match.honours`;
      const isHonoured = route?.honours !== undefined;
      return said(isHonoured ? edge : `${name}.match`, route?.offset ?? journey.offset, {
        says: isHonoured ? `${route.to} does not honour idempotency keys` : `${breach.send} is done twice`,
        yaml: `${name}: {match: [{path: ${route?.path ?? '…'}, to: ${route?.to ?? '…'}}]}`,
      });
    }
    case 'lost':
      return alternativeBlamed(model, one, name, breach, 'does not have what was done before', true);
    case 'stale':
      return mode !== undefined && mode.value.snapshot !== undefined
        ? said(`${name}.modes.${breach.mode}`, mode.offset, null)
        : alternativeBlamed(model, one, name, breach, 'answers what is old');
    case 'bad-answer':
      // What no gateway has marked is no answer of what stands behind it.
      if (breach.mode === 'unknown' && plan.services?.some(({ value }) => value.front === true) === true)
        return edgeBlamed(model, one, name, breach);
      return alternativeBlamed(model, one, name, breach, 'answers, and not with what users came for');
    case 'exposed':
      return exposureBlamed(model, one, name, breach);
    case 'storm':
      return stormBlamed(model, one, name, breach);
    default:
      return [];
  }
}

/** The edge that users were on, which answered by itself. */
function edgeBlamed(model: Model, one: Observed, name: string, breach: Breach): Pointed[] {
  const front = model.plan.services?.find(({ value }) => value.front === true);
  if (front === undefined) return [];
  const inUse = inUseAt(model, one, front.name, breach.firstMs);
  const at = Math.max(0, alternativesOf(model, front.name).indexOf(inUse ?? ''));
  const edge = `${front.name}.any[${at + 1}]`;
  const offset = front.value.any?.[at]?.offset ?? front.offset;
  const explains = { fault: one.result.name, about: name };
  return [
    { edge, offset, says: `${edge} answers in place of the gateway: ${breach.says}`, edit: null, explains },
  ];
}

/** The alternative of what answers a request that its users were on. @param isOfSwitch whether it is the one that they were switched to, whenever that was */
function alternativeBlamed(
  model: Model,
  one: Observed,
  name: string,
  breach: Breach,
  what: string,
  isOfSwitch = false,
): Pointed[] {
  const { plan } = model;
  const journey = plan.journeys.find((known) => known.name === name);
  const to = journey === undefined ? undefined : routeOf(journey.value, breach.send)?.to;
  const service = plan.services?.find((known) => known.name === to);
  if (to === undefined || service === undefined) return [];
  const explains = { fault: one.result.name, about: name };
  const first = firstOf(model, to);
  const switchedTo = one.seen.find((seen) => seen.service === to && seen.to !== first)?.to;
  const inUse = (isOfSwitch ? switchedTo : undefined) ?? inUseAt(model, one, to, breach.firstMs);
  const at = alternativesOf(model, to).indexOf(inUse ?? '');
  const left = at >= 0 ? at : leftOf(model, one, to);
  const kind = service.value.any === undefined ? 'of' : 'any';
  const edge = left < 0 ? to : `${to}.${kind}[${left + 1}]`;
  const offset = service.value.any?.[left]?.offset ?? service.offset;
  const isLast = left >= 0 && kind === 'any';
  return [
    {
      edge,
      offset,
      says: `${edge} ${what}: ${breach.says}`,
      edit: {
        says: isLast
          ? `${edge} is not ready, or its probe asks for what users ask for`
          : `the probe of ${to} asks for what users ask for`,
        yaml: isLast
          ? `${to}: {any: [${'…, '.repeat(left)}{…, ready: 0%}], probe: {…, contains: …}}`
          : `${to}: {probe: {…, contains: …}}`,
      },
      explains,
    },
  ];
}

/** Which alternative the users of a service were on, as the running system said. */
function inUseAt(model: Model, { seen }: Observed, service: string, atMs: number): string | undefined {
  return (
    seen.findLast((one) => one.service === service && one.atMs <= atMs + 2_000)?.to ?? firstOf(model, service)
  );
}

/** Of members that are all active, the one that did not fail, where it is one. */
function leftOf(model: Model, { result }: Observed, service: string): number {
  const redundancy = model.services.find(({ name }) => name === service)?.redundancy;
  const count = redundancy?.kind === 'atLeast' ? redundancy.of.length : 0;
  const failed = new Set(result.places.flatMap(({ names }) => names));
  const left = Array.from({ length: count }, (_, i) => i).filter((i) => !failed.has(`${service}:${i + 1}`));
  return left.length === 1 ? (left[0] ?? -1) : -1;
}

/** The edge that users came in by, or the journey where there is none. */
function exposureBlamed(model: Model, one: Observed, name: string, breach: Breach): Pointed[] {
  const explains = { fault: one.result.name, about: name };
  const front = model.plan.services?.find(({ value }) => value.front === true);
  const journey = model.plan.journeys.find((known) => known.name === name);
  if (front === undefined)
    return [
      { edge: `${name}.protections`, offset: journey?.offset ?? 0, says: breach.says, edit: null, explains },
    ];
  const inUse = inUseAt(model, one, front.name, one.lastedMs);
  const at = Math.max(0, alternativesOf(model, front.name).indexOf(inUse ?? ''));
  const edge = `${front.name}.any[${at + 1}]`;
  return [
    { edge, offset: front.value.any?.[at]?.offset ?? front.offset, says: breach.says, edit: null, explains },
  ];
}

/** Who asked so often: an edge before the gateway, or what stands behind it. */
function stormBlamed(model: Model, one: Observed, name: string, breach: Breach): Pointed[] {
  const explains = { fault: one.result.name, about: name };
  const isBefore = one.sent > 0 && one.told.requests / one.sent > STORM;
  const front = model.plan.services?.find(({ value }) => value.front === true);
  if (isBefore && front !== undefined) {
    const inUse = inUseAt(model, one, front.name, breach.firstMs);
    const at = Math.max(0, alternativesOf(model, front.name).indexOf(inUse ?? ''));
    const edge = `${front.name}.any[${at + 1}]`;
    const times = Math.round(one.told.requests / one.sent);
    const says = `${edge} sent the gateway ${times} requests for each one of a user.`;
    return [{ edge, offset: front.value.any?.[at]?.offset ?? front.offset, says, edit: null, explains }];
  }
  const journey = model.plan.journeys.find((known) => known.name === name);
  const to = journey?.value.match?.[0]?.to ?? name;
  const offset = model.services.find((service) => service.name === to)?.offset ?? journey?.offset ?? 0;
  const users = isBefore ? 'clients' : to;
  return [
    { edge: to, offset, says: `${users} asked again without end: ${breach.says}`, edit: null, explains },
  ];
}

/** Probes that were good while real requests failed. */
function lies(model: Model, one: Observed): Pointed[] {
  const wrong = one.result.journeys.filter(({ outcome }) => outcome === 'wrong');
  return one.told.lying.flatMap(({ service, alternative }) => {
    const known = model.plan.services?.find(({ name }) => name === service);
    if (known === undefined) return [];
    const at = alternativesOf(model, service).indexOf(alternative);
    const member = membersOf(model, service).indexOf(alternative);
    const part = at >= 0 ? `.any[${at + 1}]` : member >= 0 ? `.of[${member + 1}]` : '';
    const edge = `${service}${part}.probe`;
    return wrong
      .filter(({ name }) => reaches(model.plan, name, service))
      .map(
        ({ name }): Pointed => ({
          edge,
          offset: known.value.any?.[at]?.offset ?? known.value.probe?.offset ?? known.offset,
          says: `The probe of ${alternative} in ${service} was good while requests to it failed.`,
          edit: {
            says: `the probe of ${service} asks for what users ask for`,
            yaml: `${service}: {probe: {path: …, contains: …}}`,
          },
          explains: { fault: one.result.name, about: name },
        }),
      );
  });
}

/** Whether requests of a journey go to a service. */
function reaches(plan: Plan, journey: string, service: string): boolean {
  return (
    plan.journeys.find(({ name }) => name === journey)?.value.match?.some(({ to }) => to === service) === true
  );
}

function routeOf(journey: Journey, send: string): NonNullable<Journey['match']>[number] | undefined {
  const [method = '', target = '/'] = send.split(' ');
  const path = target.split('?', 1)[0] ?? '/';
  return journey.match?.find(
    (route) =>
      (route.methods === undefined || route.methods.some((known) => known === method)) &&
      pathTest(route.path)(path),
  );
}

function allowOf(send: string): string {
  const [method = '', target = '/'] = send.split(' ');
  return `{methods: [${method}], path: ${target.split('?', 1)[0]}}`;
}

/** For blame: where it stands. */
export function placedAt(plan: Plan, offset: number): { file: string; line: number; column: number } {
  const { line, column } = placeIn(plan, offset);
  return { file: plan.source.file, line, column };
}
