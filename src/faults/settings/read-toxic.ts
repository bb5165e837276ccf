import { readAttributes, type Values } from './attributes.ts';
import { FAULTS, findFault } from '../catalogue.ts';
import type { Direction, Fault, Schedule, ToxicSettings } from '../fault.ts';
import { readDnsMatch } from '../dns/match.ts';
import { readMatch } from './match.ts';
import { LAYERS, type Protocol } from '../protocols.ts';
import { badRequest, Refusal } from '../refusal.ts';
import { nameMistakes } from './read-proxy.ts';
import { readSchedule } from './schedule.ts';
import { isRecord, listed, shown } from './shown.ts';

const FIELDS = ['name', 'type', 'stream', 'toxicity', 'attributes', 'match', 'schedule', 'active'];

export interface ReadToxic {
  readonly fault: Fault;
  readonly settings: ToxicSettings;
}

/**
 * Reads a toxic as it is sent.
 *
 * @throws Refusal 400, with all that is wrong
 */
export function readToxic(given: unknown, protocol: Protocol): ReadToxic {
  if (!isRecord(given)) throw badRequest([`Expected a toxic as an object, found ${shown(given)}.`]);
  const type = typeof given.type === 'string' ? given.type : '';
  const fault = findFault(type);
  if (fault === undefined)
    throw new Refusal(400, 'invalid toxic type', [
      `Expected one of ${listed(FAULTS.map((one) => one.type))}; found ${shown(given.type)}.`,
    ]);
  const mistakes = unknownFields(given);
  if (!LAYERS[protocol].includes(fault.layer))
    mistakes.push(
      `Expected a fault of ${listed(LAYERS[protocol])} on a proxy of protocol ${protocol}, found ${type}, which is one of ${fault.layer}.`,
    );
  const stream = readStream(given.stream);
  if (stream === undefined)
    throw new Refusal(400, 'stream was invalid, can be either upstream or downstream', [
      `Found ${shown(given.stream)}.`,
    ]);
  const name = given.name === undefined || given.name === '' ? `${type}_${stream}` : given.name;
  mistakes.push(...nameMistakes(name));
  const toxic = readRest(
    given,
    fault,
    { name: String(name), type, stream, toxicity: 1, attributes: {} },
    mistakes,
  );
  if (mistakes.length > 0) throw badRequest(mistakes);
  return toxic;
}

/**
 * Reads what is to change of a toxic; what is left out stays. A match or a schedule of null takes it away.
 *
 * @throws Refusal 400, with all that is wrong
 */
export function readToxicChange(given: unknown, fault: Fault, before: ToxicSettings): ToxicSettings {
  if (!isRecord(given)) throw badRequest([`Expected a toxic as an object, found ${shown(given)}.`]);
  const mistakes = unknownFields(given);
  for (const field of ['name', 'type', 'stream'] as const)
    if (given[field] !== undefined && given[field] !== '' && given[field] !== before[field])
      mistakes.push(`Expected ${field} to stay ${shown(before[field])}, found ${shown(given[field])}.`);
  const { settings } = readRest(given, fault, before, mistakes, before.attributes);
  if (mistakes.length > 0) throw badRequest(mistakes);
  return settings;
}

function readRest(
  given: Values,
  fault: Fault,
  from: ToxicSettings,
  mistakes: string[],
  before?: Values,
): ReadToxic {
  const toxicity = given.toxicity ?? from.toxicity;
  const isShare = typeof toxicity === 'number' && toxicity >= 0 && toxicity <= 1;
  if (!isShare) mistakes.push(`Expected toxicity to be a number from 0 to 1, found ${shown(toxicity)}.`);
  const read = readAttributes(fault.attributes, given.attributes, before);
  mistakes.push(...read.mistakes);
  if (read.mistakes.length === 0) mistakes.push(...(fault.judge?.(read.values) ?? []));
  const reads = fault.layer === 'dns' ? readDnsMatch : readMatch;
  const match = given.match === undefined ? from.match : reads(given.match, mistakes);
  if (match !== undefined && fault.layer !== 'http' && fault.layer !== 'dns')
    mistakes.push(`Expected no match on ${fault.type}: only faults of HTTP and DNS see what is asked.`);
  const schedule = given.schedule === undefined ? from.schedule : readSchedule(given.schedule, mistakes);
  if (fault.layer === 'listener') mistakes.push(...wholeMistakes(toxicity, schedule));
  const { name, type, stream } = from;
  return {
    fault,
    settings: {
      attributes: read.values,
      name,
      type,
      stream,
      toxicity: isShare ? toxicity : 1,
      ...(match === undefined ? {} : { match }),
      ...(schedule === undefined ? {} : { schedule }),
    },
  };
}

/** What strikes a proxy as a whole strikes no share of what comes, nor the first of it. */
function wholeMistakes(toxicity: unknown, schedule: Schedule | undefined): string[] {
  return [
    ...(toxicity === 1
      ? []
      : [`Expected toxicity to be 1 where a whole proxy is struck, found ${shown(toxicity)}.`]),
    ...(schedule?.first === undefined
      ? []
      : [`Expected no schedule.first where a whole proxy is struck, found ${shown(schedule.first)}.`]),
  ];
}

function unknownFields(given: Values): string[] {
  return Object.keys(given)
    .filter((name) => !FIELDS.includes(name))
    .map((name) => `Expected nothing in a toxic but ${listed(FIELDS)}; found ${shown(name)}.`);
}

function readStream(given: unknown): Direction | undefined {
  const stream = given === undefined || given === '' ? 'downstream' : String(given).toLowerCase();
  return stream === 'upstream' || stream === 'downstream' ? stream : undefined;
}
