import type { Command } from './command.ts';
import { PLAN_OPTIONS } from './input.ts';

/** Each of these is one file under drill/. */
const UNDER: NonNullable<Command['under']> = new Map([
  [
    'findings',
    {
      summary:
        'Lists what drills have found wrong, and what became of it: open, mended in the plan, drilled.',
      load: async () => (await import('./drill/findings.ts')).drillFindings,
    },
  ],
  [
    'guard',
    {
      summary: 'Offers bad files to a guard that runs, and holds what comes of them against its contract.',
      load: async () => (await import('./drill/guard.ts')).drillGuardCommand,
    },
  ],
  [
    'import',
    {
      summary:
        'Prints the http probes of a Chaos Toolkit experiment as tries of a plan, and what was left out.',
      load: async () => (await import('./drill/import.ts')).drillImport,
    },
  ],
]);

export const drill: Command = {
  name: 'drill',
  summary: 'Fails what a plan says can fail, in a running system, and holds what users get against the plan.',
  operands: 'PLAN',
  options: {
    'dry-run': { type: 'boolean', help: 'Say what would be done and what is predicted; touch nothing.' },
    protections: {
      type: 'boolean',
      help: 'Fail nothing: send harmless samples of attacks down every alternative path, and compare what is blocked.',
    },
    only: {
      type: 'string',
      multiple: true,
      value: 'NAME',
      help: 'Only this fault: cloudflare, aws@us-east-1, a service. Again for more.',
    },
    incident: {
      type: 'string',
      value: 'ID',
      help: 'In place of single faults: an incident of the library (keelson replay --list) or a file, as it went.',
    },
    from: { type: 'string', value: 'TIME', help: 'Of an incident only from then on: 2025-11-18T11:28:00Z.' },
    to: { type: 'string', value: 'TIME', help: 'Of an incident only until then.' },
    severity: {
      type: 'string',
      value: 'SHARE',
      help: 'Of an incident: share of requests that failed where nobody published it. Default 1.',
    },
    cohort: {
      type: 'string',
      multiple: true,
      value: 'ID',
      help: 'Which side of a split incident the platform was on. Again for more.',
    },
    as: {
      type: 'string',
      value: 'KIND',
      help: 'How things fail: refuse (no connection), hang (no answer), error (503). Default refuse.',
    },
    budget: {
      type: 'string',
      value: 'TIME',
      help: 'Begin nothing that would not be over by then, such as 5m.',
    },
    speed: {
      type: 'string',
      value: 'N',
      help: 'The plan’s times pass so many times as fast, where the drill starts its own gateway. Default 1.',
    },
    approve: {
      type: 'boolean',
      help: 'Play the person who agrees to switches, and move writers back. Always so with a gateway of its own.',
    },
    production: { type: 'boolean', help: 'Drill a plan whose environment is production.' },
    state: {
      type: 'string',
      value: 'DIR',
      help: 'Where the gateway that runs keeps its socket, and what was put is written down. Default .keelson.',
    },
    restore: { type: 'boolean', help: 'Only take away what an earlier drill left behind.' },
    json: { type: 'boolean', help: 'Print keelson.drill/1 as JSON.' },
    evidence: {
      type: 'string',
      value: 'FILE',
      help: 'Keep what the drill showed in this file, beside what is in it: assess --drills reads it.',
    },
    junit: { type: 'string', value: 'FILE', help: 'Also write JUnit XML there; - for standard output.' },
    markdown: { type: 'string', value: 'FILE', help: 'Also write Markdown there; - for standard output.' },
    journal: {
      type: 'string',
      value: 'FILE',
      help: 'Also write a journal of Chaos Toolkit there; - for standard output.',
    },
    'chaos-toolkit': {
      type: 'string',
      value: 'FILE|DIR',
      help: 'Drill nothing: write each predicted fault as an experiment of Chaos Toolkit, into a folder (DIR/) where there are several.',
    },
    ...PLAN_OPTIONS,
  },
  example:
    'keelson drill examples/harbor/live.yaml --dry-run\n  keelson drill examples/harbor/live.yaml --only cloudflare --budget 5m\n  keelson drill examples/harbor/live.yaml --incident cloudflare-2025-11-18 --dry-run\n  keelson drill examples/harbor/live.yaml --protections\n  keelson drill plan.yaml --chaos-toolkit experiments/',
  notes: [
    'The plan says what users do (try) and what may be touched (drill): docs/drill.md.',
    'What --protections sends, and to whom: docs/drill-protections.md.',
    'What --chaos-toolkit and --journal write: docs/chaos-toolkit.md.',
    'Ctrl-C ends it: what was put is taken away first.',
    'Exit 0 when all was as predicted or better, 1 when something was not or it was ended, 2 when the plan or the command is wrong.',
  ],
  under: UNDER,
  async run(args, environment) {
    return await (await import('./drill/run.ts')).runDrill(args, environment);
  },
};
