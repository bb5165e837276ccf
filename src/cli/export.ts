import { journeyFormulas, type JourneyFormulas } from '../assess/index.ts';
import { KeelsonError } from '../errors.ts';
import { eventsUnder, type Model, type ModelEvent } from '../model/index.ts';
import { writeModel, type WrittenEvent, type WrittenRoot } from '../openpsa/index.ts';
import { printable } from '../problems.ts';
import type { Command } from './command.ts';
import { builtCatalog, checkWithout, loadModel, PLAN_OPTIONS, problemText } from './input.ts';

export const exportPlan: Command = {
  name: 'export',
  summary: 'Writes a plan in a format of other engines, so that anybody can check the figures.',
  operands: '--open-psa PLAN',
  options: {
    'open-psa': {
      type: 'boolean',
      help: 'The Open-PSA Model Exchange Format: fault trees in XML. The only format so far.',
    },
    out: { type: 'string', value: 'FILE', help: 'Where to write. Default - (standard output).' },
    without: {
      type: 'string',
      multiple: true,
      value: 'EVENT',
      help: 'Take this as failed: cloudflare, aws@us-east-1, a service. Again for more.',
    },
    ...PLAN_OPTIONS,
  },
  example: 'keelson export --open-psa examples/harbor/plan.yaml --out harbor.xml',
  notes: [
    'For each journey the gates of being down, of being degraded and of each rung between. - reads standard input.',
    'Exit 0 when it was written, 2 when the plan or the command is wrong. docs/export.md says how to check with SCRAM.',
  ],
  run(args, environment) {
    if (!args.flag('open-psa'))
      throw new KeelsonError('no-format', 'Expected a format to write: --open-psa is the only one.', {
        hint: 'keelson export --open-psa PLAN (fault trees of the Open-PSA Model Exchange Format)',
      });
    const [file, ...rest] = args.operands;
    if (file === undefined)
      throw new KeelsonError('no-plan', 'Expected a plan file.', {
        hint: 'keelson export --open-psa PLAN (a starter: keelson init)',
      });
    if (rest.length > 0)
      throw new KeelsonError('bad-argument', `Expected one plan, found ${args.operands.length}.`, {
        hint: 'Export each by itself.',
      });
    const { loaded, problems } = loadModel(file, builtCatalog(environment), args);
    if (loaded === undefined) {
      environment.err(problemText(problems));
      return 2;
    }
    const without = args.texts('without');
    checkWithout(loaded.model, without);
    const xml = openPsaModel(loaded.model, without);
    const out = args.text('out') ?? '-';
    if (out === '-') environment.out(xml);
    else {
      environment.write(out, `${xml}\n`);
      const shown = printable(out);
      environment.out(`Wrote ${shown}. Next: scram --bdd --probability 1 ${shown}`);
    }
    return 0;
  },
};

/** The journeys of a model as fault trees: what `assess` solves, before it is solved. */
export function openPsaModel(model: Model, without: readonly string[] = []): string {
  const failed = new Set(without.flatMap((scope) => eventsUnder(model, scope)));
  const { store, journeys } = journeyFormulas(model, failed);
  const { name, asOf } = model.plan.platform;
  return writeModel({
    name,
    label: name,
    attributes: { 'as-of': asOf, without: without.join(', ') },
    store,
    roots: journeys.flatMap(rootsOf),
    events: model.events.map(eventOf),
  });
}

/** Down, degraded and the rungs between. Of rungs with the same formula only the last is asked, down before all. */
function rootsOf({ journey, failedSoFar }: JourneyFormulas): WrittenRoot[] {
  const { name, modes } = journey;
  const last = modes.length - 1;
  const rungs = modes.flatMap((mode, m): WrittenRoot[] => {
    const formula = failedSoFar[m] as number; // one a mode
    if (failedSoFar.lastIndexOf(formula) !== m) return [];
    if (m === last) return [{ name: `${name}-down`, label: `${name} is down: no mode works`, formula }];
    if (m === 0)
      return [
        { name: `${name}-degraded`, label: `${name} is degraded: ${mode.name} does not work`, formula },
      ];
    const label = `${name} is below ${mode.name}: neither it nor a better mode works`;
    return [{ name: `${name}-below-${mode.name}`, label, formula }];
  });
  return rungs.reverse();
}

function eventOf({ id, probability, rate }: ModelEvent): WrittenEvent {
  return {
    name: id,
    label: id,
    probability,
    attributes: {
      basis: rate?.basis ?? 'plan',
      record: rate?.detail ?? '',
      ...(rate === undefined
        ? {}
        : { 'rate-per-year': String(rate.ratePerYear), 'mean-hours': String(rate.meanHours) }),
    },
  };
}
