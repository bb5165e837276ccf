import type { Controller, GrowthChange } from '../control/index.ts';
import { labelOf, type FailoverNode, type Model, type Node } from '../model/index.ts';
import { formatHours, significant } from '../units.ts';
import type { ReplayStep } from './result.ts';
import { isoTime } from './time.ts';

type SwitchStep = Parameters<NonNullable<Listener['onSwitch']>>[1];
type Listener = NonNullable<ConstructorParameters<typeof Controller>[1]['listener']>;

/** Writes down who had to do what when. */
export class StepLog implements Pick<Listener, 'onSwitch' | 'onGrowth' | 'onCollapse'> {
  readonly steps: ReplayStep[] = [];
  /** By service, the alternatives that users were switched to. */
  readonly switched = new Map<number, Set<number>>();
  private readonly model: Model;

  constructor(model: Model) {
    this.model = model;
  }

  onSwitch = (service: number, { kind, now, from, to }: SwitchStep): void => {
    if (kind === 'in-use') this.switched.set(service, (this.switched.get(service) ?? new Set()).add(to));
    const { name = '', failover, label } = this.switching(service);
    const by = failover?.steering === undefined ? null : labelOf(this.model, failover.steering, 0);
    const said = { from: label(from), to: label(to), by, failover };
    const says = sentence(kind, said);
    this.steps.push({ at: isoTime(now), service: name, kind, from: said.from, to: said.to, by, says });
  };

  onGrowth = (service: number, member: number, kind: GrowthChange, now: number): void => {
    const node = this.model.services[service];
    const { node: of, grow = 0 } = node?.pool?.[member] ?? {};
    const label = of === undefined ? '' : labelOf(this.model, of, member);
    const says = {
      grown: `${label} has grown by ${significant(grow)}`,
      shrunk: `${label} gives back what it had grown by`,
      lost: `${label} has failed, and with it what it had grown by`,
    }[kind];
    this.steps.push({
      at: isoTime(now),
      service: node?.name ?? '',
      kind,
      from: label,
      to: label,
      by: null,
      says,
    });
  };

  onCollapse = (service: number, asked: number, capacity: number, now: number): void => {
    const name = this.model.services[service]?.name ?? '';
    const says = `asked for ${significant(asked)}, has ${significant(capacity)}: without shedding it answers nobody`;
    this.steps.push({
      at: isoTime(now),
      service: name,
      kind: 'collapsed',
      from: name,
      to: name,
      by: null,
      says,
    });
  };

  /** Services whose users are not on the alternative they are normally on. */
  notBack(controller: Controller): { service: string; inUse: string }[] {
    return controller.network.switches.flatMap(({ service }, point) => {
      const failover = controller.failovers[point];
      if (failover === undefined || failover.inUse === failover.home) return [];
      const { name, label } = this.switching(service);
      return [{ service: name, inUse: label(failover.inUse) }];
    });
  }

  private switching(service: number): {
    readonly name: string;
    readonly failover: FailoverNode | null | undefined;
    readonly label: (alternative: number) => string;
  } {
    const node = this.model.services[service];
    const redundancy = node?.redundancy?.kind === 'any' ? node.redundancy : undefined;
    return {
      name: node?.name ?? '',
      failover: redundancy?.failover,
      label: (i) => {
        const option: Node | undefined = redundancy?.options[i]?.node;
        return option === undefined ? String(i + 1) : labelOf(this.model, option, i);
      },
    };
  }
}

function sentence(
  kind: SwitchStep['kind'],
  {
    from,
    to,
    by,
    failover,
  }: {
    readonly from: string;
    readonly to: string;
    readonly by: string | null;
    readonly failover: FailoverNode | null | undefined;
  },
): string {
  const { detect = 0, approve = 0, switch: make = 0, spread = 0 } = failover?.times ?? {};
  const steered = by === null ? '' : `, by ${by}`;
  switch (kind) {
    case 'failing':
      return `${from} is failing`;
    case 'recovered':
      return `${from} is back before anything was switched`;
    case 'detected':
      return `${from} has failed${detect > 0 ? ` for ${formatHours(detect)}` : ''}${approve > 0 ? `: somebody has to agree, ${formatHours(approve)}` : ''}`;
    case 'approved':
      return approve > 0 ? 'agreed' : 'nobody has to agree';
    case 'refused':
      return `nothing to switch to: no other alternative works`;
    case 'stuck':
      return `cannot switch to ${to}: ${by ?? 'the steering'} does not work`;
    case 'switching':
      return `switch from ${from} to ${to}${steered}${make > 0 ? `, ${formatHours(make)}` : ''}`;
    case 'switch-failed':
      return `the switch to ${to} has failed`;
    case 'switched':
      return `switched to ${to}${spread > 0 ? `: users follow over ${formatHours(spread)}` : ''}`;
    case 'in-use':
      return `${to} in use`;
    default:
      return `back on ${to}${steered}`;
  }
}
