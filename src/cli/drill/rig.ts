import type { Door, Injection, RunningAdmin } from '../../drill/index.ts';
import { KeelsonError } from '../../errors.ts';
import type { Model } from '../../model/index.ts';
import type { Ground } from './ground.ts';

/** A running system that can be drilled. */
export interface Rig {
  readonly injection: Injection;
  /** What stands between gateway and parts, with its version. */
  readonly faults: string;
  readonly gateway: RunningAdmin;
  readonly steerer: RunningAdmin | undefined;
  readonly door: () => Door;
  /** How much of earlier drills was found there and taken away. */
  readonly leftovers: number;
  /** Ends what was started for the drill. */
  end(): Promise<void>;
}

/** Where users come in through the edges of a plan: at the one that the steerer has them at. */
export class EdgeDoor {
  private readonly doors: ReadonlyMap<string, Door>;
  private readonly steerer: RunningAdmin;
  private readonly front: string;
  private now: Door;
  private timer: NodeJS.Timeout | undefined;

  /** @param via where an address of the plan is in this run @throws KeelsonError `drill-without-door` */
  constructor({ model, standing }: Ground, steerer: RunningAdmin, via: (address: string) => string) {
    const edges = standing.addresses.flatMap(({ address, uses }) =>
      uses.flatMap((use) => (use.kind === 'edge' ? [{ address, use }] : [])),
    );
    const [first] = edges;
    const front = first === undefined ? undefined : model.services[first.use.service];
    const url = model.plan.services?.find(({ name }) => name === front?.name)?.value.url;
    if (first === undefined || front === undefined || url === undefined)
      throw new KeelsonError('drill-without-door', 'The plan does not say where users come in.', {
        hint: 'drill: {users: URL} of the plan, or a front with url and answer.',
      });
    const doors = edges
      .filter(({ use }) => use.service === first.use.service)
      .map(({ address, use }): [string, Door] => [
        use.name,
        { origin: new URL(new URL(url).origin), at: hostAndPort(via(address)) },
      ]);
    this.doors = new Map(doors);
    this.front = front.name;
    this.steerer = steerer;
    this.now = doors[0]?.[1] ?? { origin: new URL(url), at: undefined };
  }

  readonly door = (): Door => this.now;

  start(): void {
    this.timer = setInterval(() => void this.look(), 200);
  }

  stop(): void {
    clearInterval(this.timer);
  }

  private async look(): Promise<void> {
    const standing = await this.steerer.standing().catch(() => undefined);
    const inUse = standing?.services.find(({ name }) => name === this.front)?.inUse;
    this.now = this.doors.get(inUse ?? '') ?? this.now;
  }
}

export function hostAndPort(address: string): { readonly host: string; readonly port: number } {
  const at = address.lastIndexOf(':');
  return { host: address.slice(0, at).replace(/^\[|\]$/g, ''), port: Number(address.slice(at + 1)) };
}

/** Whether users come in through edges that a steerer moves them among. */
export function isSteered(model: Model): boolean {
  return (model.plan.services ?? []).some(
    ({ value }) =>
      value.front === true &&
      value.url !== undefined &&
      value.steer !== undefined &&
      value.any?.some(({ answer }) => answer !== undefined) === true,
  );
}
