import { printable } from '../../printable.ts';
import type { UserRequest } from '../users.ts';
import { field, isObject, readJson, textIn, type JsonObject } from './bounded-json.ts';
import { readProcess, type ProcessProbe } from './process-probe.ts';
import { readRequest, type ReadRequest } from './request-in.ts';
import { readTolerance, short, type Good } from './tolerance-in.ts';
import { Tries, type ImportedTry } from './tries.ts';
import { Variables } from './variables.ts';
import { yamlOf } from './yaml-out.ts';

export interface ImportOptions {
  /** Where users of the plan come in: origins such as `https://harbor.example`. What asks anybody else is left out. */
  readonly users: readonly string[];
  /** The journey of the plan that a request is of. @default not known */
  readonly journeyOf?: (request: UserRequest) => string | undefined;
}

/** Something of an experiment, and what became of it. */
export interface Remark {
  /** As in `steady-state-hypothesis.probes[2]`. */
  readonly at: string;
  /** What it is called there; empty where it has no name. */
  readonly name: string;
  readonly says: string;
}

export interface Imported {
  /** Nothing in it, nor in any remark, is left that cannot be seen. */
  readonly title: string;
  readonly tries: readonly ImportedTry[];
  /** To be pasted into a plan. */
  readonly yaml: string;
  /** What is not among the tries, each with its reason. */
  readonly leftOut: readonly Remark[];
  /** What is among them and not quite as it was. */
  readonly notes: readonly Remark[];
  /** Programs that it would have run as probes: only behind `--allow-process`. Each is among what is left out, too. */
  readonly processes: readonly ProcessProbe[];
  /** Why it is no experiment at all; undefined where it is one. */
  readonly wrong: string | undefined;
}

/** Activities beyond these are not looked at. */
const MOST_ACTIVITIES = 500;

/**
 * Takes the `http` probes of a Chaos Toolkit experiment as tries of a plan. Nothing of it is run, nothing asked, no secret copied.
 *
 * @param text of anybody
 */
export function importExperiment(text: string, options: ImportOptions): Imported {
  return new Reading(options).read(text);
}

class Reading {
  private readonly options: ImportOptions;
  private readonly origins: readonly string[];
  private readonly tries = new Tries();
  private readonly leftOut: Remark[] = [];
  private readonly notes: Remark[] = [];
  private readonly noted = new Set<string>();
  private readonly processes: ProcessProbe[] = [];
  private variables = new Variables({});
  private looked = 0;

  constructor(options: ImportOptions) {
    this.options = options;
    this.origins = options.users.flatMap((url) => (URL.canParse(url) ? new URL(url).origin : []));
  }

  read(text: string): Imported {
    const read = experimentIn(text);
    if ('wrong' in read) this.leave('', '', read.wrong);
    else this.experiment(read.experiment);
    const title = 'wrong' in read ? '' : (textIn(read.experiment, 'title') ?? '').slice(0, 200);
    const { leftOut, notes, processes } = this;
    const tries = this.tries.all;
    return {
      title: printable(title),
      tries,
      yaml: yamlOf(title, tries, leftOut.length),
      leftOut,
      notes,
      processes,
      wrong: 'wrong' in read ? printable(read.wrong) : undefined,
    };
  }

  private experiment(experiment: JsonObject): void {
    this.variables = new Variables(experiment);
    const hypothesis = field(experiment, 'steady-state-hypothesis');
    if (isObject(hypothesis)) {
      const at = 'steady-state-hypothesis.probes';
      this.activities(field(hypothesis, 'probes'), at, true);
      this.controls(hypothesis, 'steady-state-hypothesis');
    } else if (hypothesis !== undefined && hypothesis !== null)
      this.leave('steady-state-hypothesis', '', 'Expected a title and probes.');
    this.activities(field(experiment, 'method'), 'method', false);
    const rollbacks = field(experiment, 'rollbacks');
    if (Array.isArray(rollbacks) && rollbacks.length > 0)
      this.leave(
        'rollbacks',
        '',
        'A drill takes away what it has put, and nothing else: rollbacks are not run.',
      );
    this.controls(experiment, '');
  }

  private activities(list: unknown, at: string, inHypothesis: boolean): void {
    if (list === undefined || list === null) return;
    if (!Array.isArray(list)) {
      this.leave(at, '', 'Expected a list.');
      return;
    }
    for (const [i, one] of list.entries()) {
      if (++this.looked > MOST_ACTIVITIES) {
        this.leave(
          `${at}[${i}]`,
          '',
          `Only the first ${MOST_ACTIVITIES} activities are looked at: here it ends.`,
        );
        return;
      }
      this.activity(one, `${at}[${i}]`, inHypothesis);
    }
  }

  private activity(one: unknown, at: string, inHypothesis: boolean): void {
    if (!isObject(one)) {
      this.leave(at, '', 'Expected a probe or an action.');
      return;
    }
    // It stands elsewhere too, and is read there.
    if (typeof field(one, 'ref') === 'string') return;
    const name = (textIn(one, 'name') ?? '').slice(0, 200);
    const type = field(one, 'type');
    if (type === 'action') {
      this.leave(at, name, 'An action: what fails in a drill follows from the plan.');
      return;
    }
    if (type !== 'probe') {
      this.leave(at, name, `Expected a probe or an action, found ${short(type)}.`);
      return;
    }
    this.controls(one, at);
    const provider = field(one, 'provider');
    if (!isObject(provider)) {
      this.leave(at, name, 'Expected a provider.');
      return;
    }
    const kind = field(provider, 'type');
    if (kind === 'python') {
      this.leave(at, name, 'A Python function: it is never run.');
      return;
    }
    if (kind === 'process') {
      this.process(one, provider, at, name);
      return;
    }
    if (kind !== 'http') {
      this.leave(at, name, `Expected a provider of type http, process or python, found ${short(kind)}.`);
      return;
    }
    this.probe(one, provider, at, name, inHypothesis);
  }

  private probe(
    one: JsonObject,
    provider: JsonObject,
    at: string,
    name: string,
    inHypothesis: boolean,
  ): void {
    const said = field(one, 'tolerance');
    const tolerance = said === undefined ? field(provider, 'expected_status') : said;
    const good = this.good(tolerance, at, name, inHypothesis);
    const request = readRequest(provider, this.variables, this.origins);
    if ('leftOut' in request) this.leave(at, name, request.leftOut);
    if (good === undefined || 'leftOut' in request) return;
    const journey = this.options.journeyOf?.(asUser(request));
    const other = this.tries.add({ ...request, good, journey, at, name }, inHypothesis);
    if (other !== undefined)
      this.leave(
        at,
        name,
        `It asks what ${other.at} asks, which says what is good: here something else was to come.`,
      );
    else for (const says of request.notes) this.note(at, name, says);
  }

  private good(tolerance: unknown, at: string, name: string, inHypothesis: boolean): Good | undefined {
    if (tolerance === undefined) {
      if (inHypothesis)
        this.note(at, name, 'It has no tolerance: any status of 200 to 299 is taken as good.');
      return {};
    }
    const read = readTolerance(tolerance);
    if ('leftOut' in read) {
      this.leave(at, name, read.leftOut);
      return undefined;
    }
    if (read.note !== undefined) this.note(at, name, read.note);
    return read.good;
  }

  private process(one: JsonObject, provider: JsonObject, at: string, name: string): void {
    const read = readProcess(one, provider, this.variables, at, name);
    if ('leftOut' in read) {
      this.leave(at, name, read.leftOut);
      return;
    }
    this.processes.push(read);
    this.leave(at, name, `A program: ${short(read.program)} is run only with --allow-process.`);
  }

  private controls(value: JsonObject, at: string): void {
    const controls = field(value, 'controls');
    if (!Array.isArray(controls) || controls.length === 0) return;
    this.leave(at === '' ? 'controls' : `${at}.controls`, '', 'Controls are Python: they are never run.');
  }

  private leave(at: string, name: string, says: string): void {
    this.leftOut.push({ at, name: printable(name), says: printable(says) });
  }

  private note(at: string, name: string, says: string): void {
    const key = `${at} ${says}`;
    if (this.noted.has(key)) return;
    this.noted.add(key);
    this.notes.push({ at, name: printable(name), says: printable(says) });
  }
}

function experimentIn(text: string): { readonly experiment: JsonObject } | { readonly wrong: string } {
  const read = readJson(text);
  if ('wrong' in read) return read;
  const { value } = read;
  if (!isObject(value)) return { wrong: `Expected an experiment, found ${short(value)}.` };
  if (field(value, 'steady-state-hypothesis') === undefined && field(value, 'method') === undefined)
    return { wrong: 'Expected an experiment with a steady-state-hypothesis or a method, found neither.' };
  return { experiment: value };
}

function asUser({ method, path, headers, body }: ReadRequest): UserRequest {
  const said = headers.find((header) => header.name === 'content-type')?.value;
  return { method, path, body, contentType: said ?? (body === undefined ? undefined : 'application/json') };
}
