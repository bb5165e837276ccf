import type { Model } from '../../model/index.ts';
import type { Drilling, Try } from '../../plan/index.ts';
import { levelChanges } from '../course.ts';
import { courseOf, type Fault } from '../faults.ts';
import { foresee, type Foreseen, type Predict } from '../foresee.ts';
import { isDisabling, lacks, toxicOf, type Controlled } from '../injection.ts';
import { OWN } from '../journal.ts';
import type { Taken } from '../judge.ts';
import { signalsOf, type Place } from '../place.ts';
import type { FailsAs } from '../result.ts';
import { seconds, stageAt } from '../results.ts';
import { words, type UserRequest } from '../users.ts';
import type { Action, Experiment, HttpProvider, Json, Probe, Tolerance } from './open-api.ts';
import { Requests } from './request-out.ts';
import { JSON_TYPE, modeTolerance } from './words.ts';

export interface ExperimentsOptions {
  readonly model: Model;
  readonly drilling: Drilling;
  readonly places: readonly Place[];
  readonly predict: Predict;
  /** What one experiment each is written for. */
  readonly faults: readonly Fault[];
  readonly failsAs: FailsAs;
  /** How many seconds of the plan pass in one of the running system. */
  readonly speed: number;
  /** How much later than predicted something may be seen. @unit ms */
  readonly toleranceMs: number;
  /** The fault proxy that stands before parts: `Injection.controlled`. */
  readonly control: Controlled;
  /** Where users come in, such as `https://harbor.example`. */
  readonly users: string;
  /** How a mode takes a request; undefined where it is of another journey. */
  readonly takes: (journey: number, mode: number, request: UserRequest) => Taken | undefined;
  /** Begins the words that only one request has. @default drill-experiment */
  readonly unique?: string;
  /** How long an answer is waited for. @unit ms @default 10_000 */
  readonly timeoutMs?: number;
}

export interface ExperimentFile {
  /** Of the fault: `cloudflare.json`. Each stands for one fault only. */
  readonly file: string;
  readonly fault: string;
  readonly experiment: Experiment;
}

export interface Experiments {
  readonly experiments: readonly ExperimentFile[];
  /** What no experiment is written for, or not all of it, and why. */
  readonly leftOut: readonly { readonly name: string; readonly why: string }[];
}

/** Every predicted fault as an experiment of Chaos Toolkit that uses its `http` provider alone. */
export function experimentsOf(options: ExperimentsOptions): Experiments {
  const { faults, failsAs, control } = options;
  const leftOut: { name: string; why: string }[] = [];
  const why = lacks(control.types, failsAs);
  if (why !== undefined) return { experiments: [], leftOut: faults.map(({ name }) => ({ name, why })) };
  const taken = new Set<string>();
  const experiments = faults.flatMap((fault): ExperimentFile[] => {
    const places = fault.places.flatMap((i) => options.places[i] ?? []);
    const bare = places.filter(({ address }) => !control.proxies.has(address));
    if (bare.length > 0) {
      const at = bare.map(({ address }) => address).join(', ');
      leftOut.push({ name: fault.name, why: `no fault proxy stands before ${at}` });
      return [];
    }
    const written = new Written(options, fault, places);
    const experiment = written.experiment();
    for (const one of written.requests.leftOut)
      if (!leftOut.some(({ name, why: known }) => name === one.name && known === one.why)) leftOut.push(one);
    return [{ file: fileOf(fault.name, taken), fault: fault.name, experiment }];
  });
  return { experiments, leftOut };
}

class Written {
  readonly requests: Requests;
  private readonly options: ExperimentsOptions;
  private readonly fault: Fault;
  private readonly places: readonly Place[];
  private readonly foreseen: Foreseen;

  constructor(options: ExperimentsOptions, fault: Fault, places: readonly Place[]) {
    const { model, predict, speed, toleranceMs } = options;
    this.options = options;
    this.fault = fault;
    this.places = places;
    const changes = levelChanges(courseOf(fault), (i) => signalsOf(options.places.slice(i, i + 1)));
    this.foreseen = foresee(model, predict, changes, { speed, toleranceMs });
    this.requests = new Requests({ users: options.users, timeoutMs: options.timeoutMs ?? 10_000 });
  }

  experiment(): Experiment {
    const { options, fault, foreseen } = this;
    const { name: plan } = options.model.plan.platform;
    const before = this.steady();
    const method = [...this.puts(), ...this.afterwards()];
    return {
      version: '1.0.0',
      title: `${plan} without ${fault.name}`,
      description: this.description(),
      tags: ['keelson', fault.kind, options.drilling.environment],
      configuration: this.requests.configuration(options.unique ?? 'drill-experiment'),
      'steady-state-hypothesis': {
        title: 'Everything that users come for is there in full.',
        probes: before,
      },
      method,
      rollbacks: this.rollbacks(),
      runtime: {
        // Rolled back is after the second look: until then the fault is there, and what was rightly predicted would count as a deviation.
        hypothesis: { strategy: 'before-method-only' },
        // By default nothing is rolled back after a hypothesis that was not met, or by Ctrl-C.
        rollbacks: { strategy: 'always' },
      },
      extensions: [
        {
          name: 'keelson',
          schema: 'keelson.experiment/1',
          fault: { name: fault.name, kind: fault.kind, same: fault.same, as: options.failsAs },
          places: this.places.map(({ address, uses }) => ({ address, names: uses.map(({ name }) => name) })),
          plan: {
            name: plan,
            digest: options.model.plan.digest ?? null,
            asOf: options.model.plan.platform.asOf,
          },
          speed: options.speed,
          toleranceMs: options.toleranceMs,
          healAtMs: foreseen.healAtMs,
          settledAtMs: foreseen.settledAtMs,
          predicted: options.model.journeys.map(({ name }, i) => ({
            name,
            stages: foreseen.journeys[i] ?? [],
          })),
          steps: foreseen.steps,
          leftOut: this.requests.leftOut,
        },
      ],
    };
  }

  private description(): string {
    const { fault, options, foreseen } = this;
    const names = [...new Set(this.places.flatMap(({ uses }) => uses.map(({ name }) => name)))].join(', ');
    const stages = options.model.journeys.map(({ name }, i) => {
      const said = (foreseen.journeys[i] ?? []).map(
        ({ fromMs, mode }) => `${mode} from ${seconds(fromMs)} on`,
      );
      return `${name}: ${said.length === 0 ? 'as ever' : said.join(', ')}.`;
    });
    return `${names} no longer ${names.includes(',') ? 'answer' : 'answers'} (${fault.name}, ${options.failsAs}). By the plan: ${stages.join(' ')}`;
  }

  /** What must hold before anything is failed: each try is answered well, and each journey is in its first mode. */
  private steady(): Probe[] {
    return this.journeys().flatMap(({ name, journey, tries }) => {
      const first = this.options.model.journeys[journey]?.modes[0]?.name ?? '';
      return this.probesOf(name, first, tries, (one) => statusOf(one, 'forward'));
    });
  }

  private puts(): Action[] {
    const { options, foreseen } = this;
    const { types } = options.control;
    return this.places.map(({ address }, i): Action => {
      const isLast = i === this.places.length - 1;
      const body = isDisabling(types, options.failsAs)
        ? { enabled: false }
        : jsonOf(toxicOf(types, TOXIC, options.failsAs, foreseen.healAtMs));
      const path = isDisabling(types, options.failsAs) ? '' : '/toxics';
      return {
        type: 'action',
        name: `fail ${address}`,
        provider: this.controls('POST', address, path, body),
        // Once all are put: as long as it takes until everything that they lead to has happened.
        ...(isLast ? { pauses: { after: Math.ceil(foreseen.healAtMs) / 1_000 } } : {}),
      };
    });
  }

  /** What is to be seen while the fault lasts, once everything has happened that it leads to. */
  private afterwards(): Probe[] {
    const { model, takes } = this.options;
    return this.journeys().flatMap(({ name, journey, tries }) => {
      const mode = stageAt(this.foreseen.journeys[journey] ?? [], this.foreseen.healAtMs);
      const number = model.journeys[journey]?.modes.findIndex((one) => one.name === mode) ?? -1;
      return this.probesOf(name, mode, tries, (one) =>
        number < 0 ? undefined : statusOf(one, takes(journey, number, requestOf(one)) ?? 'forward'),
      );
    });
  }

  private rollbacks(): Action[] {
    const { control, failsAs } = this.options;
    return this.places.map(({ address }) => ({
      type: 'action',
      name: `restore ${address}`,
      provider: isDisabling(control.types, failsAs)
        ? this.controls('POST', address, '', { enabled: true })
        : this.controls('DELETE', address, `/toxics/${TOXIC}`),
    }));
  }

  private controls(
    method: string,
    address: string,
    path: string,
    body?: Readonly<Record<string, Json>>,
  ): HttpProvider {
    const { url, proxies } = this.options.control;
    return {
      type: 'http',
      url: `${url}/proxies/${encodeURIComponent(proxies.get(address) ?? '')}${path}`.replaceAll('$', '%24'),
      method,
      headers: { 'Content-Type': JSON_TYPE },
      ...(body === undefined ? {} : { arguments: body }),
      timeout: 5,
    };
  }

  private journeys(): { readonly name: string; readonly journey: number; readonly tries: readonly Try[] }[] {
    const { journeys, plan } = this.options.model;
    return journeys.flatMap(({ name }, journey) => {
      const tries = plan.journeys.find((one) => one.name === name)?.value.try ?? [];
      return tries.length === 0 ? [] : [{ name, journey, tries }];
    });
  }

  /**
   * One probe for the status of each try, and one for the mode of the journey: a tolerance says one thing only, and what writes is
   * better not sent twice.
   *
   * @param status undefined where nothing can be held against an answer
   */
  private probesOf(
    journey: string,
    mode: string,
    tries: readonly Try[],
    status: (one: Try) => Tolerance | undefined,
  ): Probe[] {
    const probe = (one: Try, what: string, tolerance: Tolerance | undefined): Probe[] => {
      const provider = this.requests.providerOf(journey, one);
      if (provider === undefined) return [];
      const name = `${journey} is ${mode}: ${words(one.send)}${what}`;
      return [{ type: 'probe', name, provider, ...(tolerance === undefined ? {} : { tolerance }) }];
    };
    const known = this.options.model.journeys.find(({ name }) => name === journey)?.modes ?? [];
    const isUp = known.some(({ name }) => name === mode);
    const asked = tries.find(({ send }) => send.method === 'GET') ?? tries[0];
    return [
      ...tries.flatMap((one) => probe(one, '', status(one))),
      ...(isUp && asked !== undefined ? probe(asked, ', in this mode', modeTolerance(journey, mode)) : []),
    ];
  }
}

/** One a proxy, known as a drill's own: a drill takes away what an experiment has left. */
const TOXIC = `${OWN}experiment`;

function statusOf({ good }: Try, taken: Taken): Tolerance {
  if (taken === 'refused') return { type: 'range', target: 'status', range: [400, 599] };
  if (taken === 'static') return 200;
  return good?.status ?? { type: 'range', target: 'status', range: [200, 299] };
}

function requestOf({ send, headers = [], body }: Try): UserRequest {
  const said = headers.find(({ name }) => name === 'content-type')?.value;
  const type = said !== undefined && 'text' in said ? said.text : body && JSON_TYPE;
  return { method: send.method, path: send.path, body, contentType: type === '' ? undefined : type };
}

function jsonOf(value: unknown): Record<string, Json> {
  return JSON.parse(JSON.stringify(value));
}

function fileOf(fault: string, taken: Set<string>): string {
  const base =
    fault
      .replace(/[^A-Za-z0-9._-]+/g, '-')
      .replace(/^[-.]+|-+$/g, '')
      .slice(0, 80) || 'fault';
  let file = `${base}.json`;
  for (let i = 2; taken.has(file.toLowerCase()); i++) file = `${base}-${i}.json`;
  taken.add(file.toLowerCase());
  return file;
}
