import { Interpreter, laneAlgebra, type Model, type Node } from '../model/index.ts';
import type { FailedPlace } from './result.ts';

/** Something of a plan that is at a place. */
export interface Use {
  readonly kind: 'part' | 'edge' | 'keys' | 'steering' | 'stands';
  /** As people call it. */
  readonly name: string;
  /** The service it belongs to. */
  readonly service: number;
  /** Of a front, which alternative. */
  readonly alternative: number | undefined;
  /** What the plan says that it stands on; undefined where the plan says nothing. */
  readonly node: Node | undefined;
  /** Whether it is needed only to change something. */
  readonly change: boolean;
  /** What is seen of it when the place fails, as numbers of signals. */
  readonly signals: readonly number[];
}

/** Where a running system can be failed. */
export interface Place {
  /** `host:port`, as the plan has it. */
  readonly address: string;
  readonly uses: readonly Use[];
  /** Whether requests of HTTP can be read on the way there. @default false */
  readonly isHttp?: boolean;
}

/**
 * Which places no longer answer when events have happened: those of which something fails by what the plan says it stands on. What
 * a place needs from another place is left to that one: whether it really fails with it is what a drill finds out.
 *
 * @returns by place
 */
export function placesHit(
  model: Model,
  places: readonly Place[],
  happened: (event: number) => boolean,
): readonly boolean[] {
  const placed = new Set(places.flatMap(({ uses }) => uses.flatMap(({ node }) => serviceOf(node) ?? [])));
  const algebra = laneAlgebra((event) => (happened(event) ? -1 : 0));
  const others = new Interpreter(model, algebra, { spared: placed });
  // A service that is placed is read by what it has of its own: one reading does for all places.
  return places.map(({ uses }) =>
    uses.some(({ node, change }) => {
      if (node === undefined) return false;
      const own = serviceOf(node);
      const service = own === undefined ? undefined : model.services[own];
      if (service === undefined) return others.failed(node, { load: 1, change }) !== 0;
      const parts = [service.needs, service.redundancy].filter((part) => part !== undefined);
      return (
        service.own.some(happened) || parts.some((part) => others.failed(part, { load: 1, change }) !== 0)
      );
    }),
  );
}

function serviceOf(node: Node | undefined): number | undefined {
  return node?.kind === 'service' ? node.service : undefined;
}

/** What is seen of places that have failed: their signals, each once. */
export function signalsOf(places: readonly Place[]): readonly number[] {
  return [...new Set(places.flatMap(({ uses }) => uses.flatMap(({ signals }) => signals)))];
}

/** A place as results name it. */
export function failedPlace(model: Model, { address, uses }: Place): FailedPlace {
  const stands = uses.flatMap(({ node }) => (node === undefined ? [] : referencesIn(node)));
  return {
    address,
    names: uses.map(({ name }) => name),
    stands: [...new Set(stands)].flatMap((reference) => model.references[reference]?.name ?? []),
  };
}

/** References that a requirement names itself. */
function referencesIn(node: Node): readonly number[] {
  if (node.kind === 'reference') return [node.reference];
  return node.kind === 'all' ? node.parts.flatMap(referencesIn) : [];
}
