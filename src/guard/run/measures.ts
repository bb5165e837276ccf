import type { Exposition } from '../../telemetry/exposition.ts';
import { Registry } from '../../telemetry/metrics.ts';
import type { Counted } from './guard.ts';
import type { GuardStatus } from './status.ts';

export interface GuardMeasures {
  /** All of them. @param accept the header of who asks */
  text(accept: string): Exposition;
  /** What a guard has counted. */
  count(guard: string, what: Counted): void;
}

const TARGET_STATES = ['good', 'candidate', 'other', 'placing', 'failing', 'lost', 'unseen'] as const;
const HEALTH = ['healthy', 'unhealthy', 'unknown'] as const;

/** Metrics of all guards of a process. @param wallNow @unit ms since 1970 */
export function guardMeasures(read: () => readonly GuardStatus[], wallNow: () => number): GuardMeasures {
  const registry = new Registry();
  // To see how guards stand is to look through folders: once for all that is told of it.
  let seen: readonly GuardStatus[] | undefined;
  const guards = (): readonly GuardStatus[] => {
    seen ??= read();
    return seen;
  };
  const offered = registry.counter(
    'keelson_guard_offered_total',
    'Files that a source offered, by what the check said.',
    ['guard', 'outcome'],
  );
  const violations = registry.counter(
    'keelson_guard_violations_total',
    'Files that were refused, by each code of what they violate.',
    ['guard', 'code'],
  );
  const rollouts = registry.counter('keelson_guard_rollouts_total', 'Rollouts that ended, by how.', [
    'guard',
    'outcome',
  ]);
  const placed = registry.counter(
    'keelson_guard_placed_total',
    'Placements on targets, by what came of them.',
    ['guard', 'target', 'outcome'],
  );
  const secondsSince = (moment: string): number => Math.max(0, (wallNow() - Date.parse(moment)) / 1000);
  registry.gaugeFrom('keelson_guard_targets', 'Targets, by how they stand.', ['guard', 'state'], (say) => {
    for (const { name, targets } of guards())
      for (const state of TARGET_STATES)
        say(targets.filter((one) => one.state === state).length, name, state);
  });
  registry.gaugeFrom(
    'keelson_guard_health',
    'How the readers do: 1 for what they are.',
    ['guard', 'state'],
    (say) => {
      for (const { name, health } of guards())
        for (const state of HEALTH) say(health.state === state ? 1 : 0, name, state);
    },
  );
  registry.gaugeFrom('keelson_guard_frozen', 'Whether nothing new is begun.', ['guard'], (say) => {
    for (const { name, frozen } of guards()) say(frozen === null ? 0 : 1, name);
  });
  registry.gaugeFrom('keelson_guard_on_trial', 'Whether a candidate is on a target.', ['guard'], (say) => {
    for (const { name, phase } of guards()) say(phase === 'canary' || phase === 'wave' ? 1 : 0, name);
  });
  registry.gaugeFrom(
    'keelson_guard_good_version',
    'The version of the last good file, where it has one.',
    ['guard'],
    (say) => {
      for (const { name, good } of guards()) if (typeof good?.version === 'number') say(good.version, name);
    },
  );
  registry.gaugeFrom(
    'keelson_guard_good_age_seconds',
    'Since the file in force is good.',
    ['guard'],
    (say) => {
      for (const { name, good } of guards()) if (good !== null) say(secondsSince(good.since), name);
    },
  );
  registry.gaugeFrom(
    'keelson_guard_good_expired',
    'Whether the file in force has expired.',
    ['guard'],
    (say) => {
      for (const { name, good } of guards()) if (good !== null) say(good.isExpired ? 1 : 0, name);
    },
  );
  registry.gaugeFrom(
    'keelson_guard_source_age_seconds',
    'Since the source was last had.',
    ['guard'],
    (say) => {
      for (const { name, source } of guards()) if (source.seen !== null) say(secondsSince(source.seen), name);
    },
  );
  registry.gaugeFrom('keelson_guard_troubles', 'What is wrong with the guard itself.', ['guard'], (say) => {
    for (const { name, troubles } of guards()) say(troubles.length, name);
  });
  return {
    text(accept) {
      try {
        return registry.text(accept);
      } finally {
        seen = undefined;
      }
    },
    count(guard, what) {
      switch (what.kind) {
        case 'offered':
          return offered.of(guard, what.outcome).add();
        case 'violation':
          return violations.of(guard, what.code).add();
        case 'rollout':
          return rollouts.of(guard, what.outcome).add();
        case 'placed':
          return placed.of(guard, what.target, what.outcome).add();
      }
    },
  };
}
