import type { Plan, Requirement, Service } from '../../plan/index.ts';
import { formatHours } from '../../units.ts';
import { requirementText } from './yaml.ts';

/** One change of a plan that could be why it predicted something else. */
export interface Edit {
  /** The part of the plan: `edge.failover.needs`, `order-book.any[2]`. */
  readonly edge: string;
  /** Where it stands in the text. */
  readonly offset: number;
  /** What would then be said, in one sentence. */
  readonly says: string;
  readonly yaml: string;
  /** Made when it is asked for: most of many are never tried. */
  readonly plan: () => Plan;
  /** What is needed besides; undefined where the edit is of another kind. */
  readonly needs: string | undefined;
  /** Of edits that explain as much, the one that says less is taken. */
  readonly weight: number;
}

/** Something that failed, and a plan in which it has a name. */
export interface Suspect {
  readonly name: string;
  /** Put into the plan where it has no name there. */
  readonly service: Service | undefined;
}

type Services = readonly { readonly name: string; readonly value: Service; readonly offset: number }[];

/** Every place of a plan where it could be said that something that failed is needed too. @param concerns whether a change of a service could explain anything */
export function furtherNeeds(plan: Plan, suspect: Suspect, concerns: (service: string) => boolean): Edit[] {
  const { name } = suspect;
  const base = withSuspect(plan, suspect);
  const also = (requirement: Requirement | undefined, offset: number): Requirement =>
    requirement === undefined
      ? { kind: 'name', name, offset }
      : { kind: 'all', parts: [requirement, { kind: 'name', name, offset }], offset };
  const edit = (
    edge: string,
    offset: number,
    weight: number,
    { name: service, value: old }: { readonly name: string; readonly value: Service },
    change: (value: Service) => Service,
    line: (value: Service) => string,
  ): Edit[] => {
    if (service === name) return [];
    const defined =
      suspect.service === undefined ? '' : `${name}: {url: "${suspect.service.url}", outages: none}\n`;
    return [
      {
        edge,
        offset,
        says: `${edge} needs ${name} too`,
        yaml: `${defined}${service}: {${line(change(old))}}`,
        plan: () => changeService(base, service, change),
        needs: name,
        weight,
      },
    ];
  };
  const found = servicesOf(plan).flatMap((known): Edit[] => {
    const { name: service, value, offset } = known;
    if (!concerns(service)) return [];
    const { any, of, pool, failover } = value;
    return [
      ...(failover === undefined || (any?.length ?? 0) < 2
        ? []
        : edit(
            `${service}.failover.needs`,
            failover.offset,
            1,
            known,
            (one) => ({ ...one, failover: { ...failover, needs: also(failover.needs, failover.offset) } }),
            (one) => `failover: {…, needs: ${requirementText(one.failover?.needs)}}`,
          )),
      ...edit(
        `${service}.needs`,
        offset,
        any === undefined && of === undefined && pool === undefined ? 1 : 2,
        known,
        (one) => ({ ...one, needs: also(one.needs, offset) }),
        (one) => `needs: ${requirementText(one.needs)}`,
      ),
      ...(any ?? []).flatMap((alternative, i) =>
        edit(
          `${service}.any[${i + 1}]`,
          alternative.offset,
          3,
          known,
          (one) => ({
            ...one,
            any: (one.any ?? []).map((old, k) =>
              k === i ? { ...old, use: also(old.use, old.offset) } : old,
            ),
          }),
          (one) => `any: [${dots(i)}{use: ${requirementText(one.any?.[i]?.use)}}]`,
        ),
      ),
      ...(of ?? []).flatMap((member, i) =>
        edit(
          `${service}.of[${i + 1}]`,
          offset,
          3,
          known,
          (one) => ({ ...one, of: (one.of ?? []).map((old, k) => (k === i ? also(member, offset) : old)) }),
          (one) => `of: [${dots(i)}${requirementText(one.of?.[i])}]`,
        ),
      ),
      ...(pool ?? []).flatMap((member, i) =>
        edit(
          `${service}.pool[${i + 1}]`,
          member.offset,
          3,
          known,
          (one) => ({
            ...one,
            pool: (one.pool ?? []).map((old, k) =>
              k === i ? { ...old, use: also(member.use, offset) } : old,
            ),
          }),
          (one) => `pool: [${dots(i)}{use: ${requirementText(one.pool?.[i]?.use)}}]`,
        ),
      ),
    ];
  });
  return [...found, ...modeNeeds(plan, base, suspect, also)];
}

function modeNeeds(
  plan: Plan,
  base: Plan,
  { name }: Suspect,
  also: (requirement: Requirement | undefined, offset: number) => Requirement,
): Edit[] {
  return plan.journeys.flatMap((journey) =>
    journey.value.modes.map((mode): Edit => {
      const edge = `${journey.name}.modes.${mode.name}`;
      const needs = also(mode.value.needs, mode.offset);
      const changed = (): Plan => {
        const modes = journey.value.modes.map((one) =>
          one === mode ? { ...one, value: { ...one.value, needs } } : one,
        );
        const journeys = base.journeys.map((one) =>
          one.name === journey.name ? { ...one, value: { ...one.value, modes } } : one,
        );
        return { ...base, journeys };
      };
      return {
        edge,
        offset: mode.offset,
        says: `${edge} needs ${name} too`,
        yaml: `${journey.name}: {modes: {${mode.name}: {needs: ${requirementText(needs)}}}}`,
        plan: changed,
        needs: name,
        weight: 4,
      };
    }),
  );
}

/**
 * Alternatives and members that do not take over: what is left without them.
 *
 * @param wasUsed whether users were on an alternative where something went wrong: then it is the first to be asked
 */
export function withoutAlternatives(
  plan: Plan,
  wasUsed: (service: string, alternative: number) => boolean,
  concerns: (service: string) => boolean,
): Edit[] {
  const known = servicesOf(plan).filter(({ name }) => concerns(name));
  return known.flatMap(({ name: service, value, offset }) => [
    ...(value.any ?? []).flatMap((alternative, i): Edit[] => {
      if (i === 0 || value.any === undefined) return [];
      const any = value.any.filter((_, k) => k !== i);
      return [
        {
          edge: `${service}.any[${i + 1}]`,
          offset: alternative.offset,
          says: `${service}.any[${i + 1}] does not take over`,
          yaml: `${service}: {any: [${dots(i)}{use: ${requirementText(alternative.use)}, ready: 0%}]}`,
          plan: () => changeService(plan, service, (one) => ({ ...one, any })),
          needs: undefined,
          weight: wasUsed(service, i) ? 0.5 : 2.5,
        },
      ];
    }),
    ...(value.of ?? []).flatMap((member, i): Edit[] => {
      const of = (value.of ?? []).filter((_, k) => k !== i);
      if (of.length < (value.atLeast ?? 1)) return [];
      return [
        {
          edge: `${service}.of[${i + 1}]`,
          offset: member.offset || offset,
          says: `${service}.of[${i + 1}] does not do it`,
          yaml: `${service}: {of: [${of.map(requirementText).join(', ')}]}`,
          plan: () => changeService(plan, service, (one) => ({ ...one, of })),
          needs: undefined,
          weight: 2.6,
        },
      ];
    }),
  ]);
}

const TIMES = ['detect', 'switch', 'approve', 'hold'] as const;

/**
 * Switches of a service that take another time.
 *
 * @param hours what each time of its failover would have to be longer by; shorter where it is below 0
 */
export function otherTimes(plan: Plan, service: string, key: (typeof TIMES)[number], hours: number): Edit[] {
  const found = servicesOf(plan).find(({ name }) => name === service);
  const failover = found?.value.failover;
  if (found === undefined || failover === undefined) return [];
  const old = failover[key] ?? 0;
  const time = Math.max(0, old + hours);
  if (Math.abs(time - old) < 1e-9) return [];
  return [
    {
      edge: `${service}.failover.${key}`,
      offset: failover.offset,
      says: `${service}.failover.${key} is ${formatHours(time)}, not ${formatHours(old)}`,
      yaml: `${service}: {failover: {…, ${key}: ${duration(time)}}}`,
      plan: () => changeService(plan, service, (one) => ({ ...one, failover: { ...failover, [key]: time } })),
      needs: undefined,
      weight: { switch: 1, hold: 1, detect: 1.1, approve: 1.2 }[key],
    },
  ];
}

/** What could be left out of what is needed: nothing fails with it. */
export function fewerNeeds(plan: Plan, suspect: string, concerns: (service: string) => boolean): Edit[] {
  const cut = (requirement: Requirement): Requirement | undefined => {
    if (requirement.kind === 'name') return requirement.name === suspect ? undefined : requirement;
    if (requirement.kind !== 'all') return requirement;
    const parts = requirement.parts.flatMap((part) => cut(part) ?? []);
    return { ...requirement, parts };
  };
  return servicesOf(plan).flatMap(({ name: service, value, offset }): Edit[] => {
    if (value.needs === undefined || !concerns(service)) return [];
    const needs = cut(value.needs);
    if (needs === value.needs || requirementText(needs) === requirementText(value.needs)) return [];
    return [
      {
        edge: `${service}.needs`,
        offset,
        says: `${service} does not need ${suspect}`,
        yaml: `${service}: {needs: ${requirementText(needs)}}`,
        plan: () =>
          changeService(plan, service, ({ needs: _, ...one }) =>
            needs === undefined ? one : { ...one, needs },
          ),
        needs: undefined,
        weight: 1,
      },
    ];
  });
}

function servicesOf(plan: Plan): Services {
  return plan.services ?? [];
}

function withSuspect(plan: Plan, { name, service }: Suspect): Plan {
  if (service === undefined) return plan;
  return { ...plan, services: [...servicesOf(plan), { name, value: service, offset: 0 }] };
}

function changeService(plan: Plan, name: string, change: (value: Service) => Service): Plan {
  const services = servicesOf(plan).map((one) =>
    one.name === name ? { ...one, value: change(one.value) } : one,
  );
  return { ...plan, services };
}

function dots(i: number): string {
  return '…, '.repeat(i);
}

function duration(hours: number): string {
  return `${Math.round(hours * 3_600)}s`;
}
