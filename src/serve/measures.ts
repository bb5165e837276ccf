import { labelOf, type Model } from '../model/index.ts';
import { membersOf } from './causes.ts';
import type { EdgeWatch } from './edges.ts';
import type { Upstream } from './gateway/upstream.ts';
import type { Live } from './live.ts';
import type { Instruments } from '../telemetry/metrics.ts';
import type { Session } from './session-keys.ts';
import type { Steering } from './steering.ts';

export interface Measured {
  readonly model: Model;
  readonly live: Live;
  readonly upstreams: readonly Upstream[];
  readonly edges: readonly EdgeWatch[];
  readonly steering: Steering;
  readonly sessions: readonly Session[];
}

/** What is read off whenever somebody asks for metrics. */
export function measure(
  registry: Instruments,
  { model, live, upstreams, edges, steering, sessions }: Measured,
): void {
  registry.gaugeFrom(
    'keelson_journey_mode',
    'The mode in force: 1 for it, 0 for the others.',
    ['journey', 'mode'],
    (say) => {
      for (const [i, { name, modes }] of model.journeys.entries())
        for (const [m, mode] of [...modes.map((one) => one.name), 'down'].entries())
          say(live.standing(i).mode === m ? 1 : 0, name, mode);
    },
  );
  registry.gaugeFrom(
    'keelson_journey_held',
    'Whether somebody holds the lever of a journey.',
    ['journey'],
    (say) => {
      for (const [i, { name }] of model.journeys.entries()) say(live.held(i) === undefined ? 0 : 1, name);
    },
  );
  registry.gaugeFrom(
    'keelson_upstream_level',
    'Share of requests that a part answers.',
    ['target'],
    (say) => {
      for (const { target, level } of upstreams) say(level, target.name);
    },
  );
  registry.gaugeFrom(
    'keelson_upstream_in_flight',
    'Requests and WebSockets under way at a part.',
    ['target'],
    (say) => {
      for (const { target, underWay } of upstreams) say(underWay, target.name);
    },
  );
  registry.gaugeFrom(
    'keelson_alternative_in_use',
    'The alternative that users are on: 1 for it, 0 for the others.',
    ['service', 'alternative'],
    (say) => {
      for (const [i, node] of model.services.entries()) {
        const inUse = live.controller.inUse(i);
        if (inUse === undefined) continue;
        for (const [m, member] of membersOf(node).entries())
          say(m === inUse ? 1 : 0, node.name, labelOf(model, member, m));
      }
    },
  );
  registry.gaugeFrom(
    'keelson_edge_level',
    'Share of probes that an edge answers.',
    ['service', 'edge'],
    (say) => {
      for (const { edge, state } of edges)
        say(state.level, model.services[edge.service]?.name ?? '', edge.name);
    },
  );
  registry.gaugeFrom('keelson_steering_ok', 'Whether a switch could be made now.', ['service'], (say) => {
    for (const { service, name } of steering.steered) say(steering.state(service)?.ok === true ? 1 : 0, name);
  });
  registry.gaugeFrom('keelson_session_keys_usable', 'Whether tokens can be checked.', ['service'], (say) => {
    for (const { name, keys } of sessions) say(keys.level(), name);
  });
  registry.gaugeFrom('keelson_plan_info', 'The plan in force: 1, by its digest.', ['digest'], (say) =>
    say(1, model.plan.digest ?? ''),
  );
  registry.gaugeFrom('process_resident_memory_bytes', 'Memory of the process.', [], (say) =>
    say(process.memoryUsage.rss()),
  );
}
