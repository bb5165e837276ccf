import { resolve } from 'node:path';
import { Injection, RunningAdmin, type AdminPlace, type DrillJournal } from '../../drill/index.ts';
import { KeelsonError } from '../../errors.ts';
import { socketIn } from '../serve/place.ts';
import type { Ground } from './ground.ts';
import { EdgeDoor, type Rig } from './rig.ts';

/** Where the processes of a running system are asked. */
export interface RunningPlaces {
  readonly gateway: RunningAdmin;
  readonly steerer: RunningAdmin | undefined;
}

/** The gateway and the steerer that a plan says run. @param state where they keep their sockets, for orders @throws KeelsonError `drill-incomplete` */
export function runningPlaces({ model }: Pick<Ground, 'model'>, state: string | undefined): RunningPlaces {
  const { gateway, steerer } = model.plan.drill ?? {};
  if (gateway === undefined)
    throw new KeelsonError('drill-incomplete', 'drill: {control} needs the gateway that runs behind it.', {
      hint: 'drill: {gateway: http://HOST:PORT}, its admin port; or leave control out: then drill starts its own.',
    });
  const at = (url: string, role: 'gateway' | 'steerer'): AdminPlace =>
    state === undefined ? { url } : { socket: socketIn(resolve(state), role) };
  return {
    gateway: new RunningAdmin(at(gateway, 'gateway')),
    steerer: steerer === undefined ? undefined : new RunningAdmin(at(steerer, 'steerer')),
  };
}

/** A system that runs, with a fault proxy before its parts: only that is touched, and only at addresses of the plan. */
export async function runningRig(
  ground: Ground,
  { gateway, steerer }: RunningPlaces,
  control: string,
  journal: DrillJournal,
): Promise<Rig> {
  const addresses = ground.places.map(({ address }) => address);
  const injection = new Injection({ control, journal, addresses });
  const faults = await injection.open();
  const { leftovers } = injection;
  const { users } = ground.model.plan.drill ?? {};
  if (users !== undefined) {
    const door = { origin: new URL(users), at: undefined };
    return { injection, faults, gateway, steerer, door: () => door, leftovers, end: async () => undefined };
  }
  if (steerer === undefined)
    throw new KeelsonError('drill-without-door', 'The plan does not say where users come in.', {
      hint: 'drill: {users: URL}, or drill: {steerer: URL} where they come in through edges.',
    });
  const edges = new EdgeDoor(ground, steerer, (address) => address);
  edges.start();
  return { injection, faults, gateway, steerer, door: edges.door, leftovers, end: async () => edges.stop() };
}
