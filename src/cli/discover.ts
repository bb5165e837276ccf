import type { Command } from './command.ts';
import { KINDS } from './discover/kinds.ts';
import { PLAN_OPTIONS } from './input.ts';

export const discover: Command = {
  name: 'discover',
  summary: 'Looks at a platform from outside, says what it stands on and why, and drafts a plan of it.',
  operands: 'DOMAIN…',
  options: {
    json: {
      type: 'boolean',
      help: 'Print keelson.discovery/1 as JSON; with --merge keelson.discovery-drift/1.',
    },
    plan: { type: 'string', value: 'FILE', help: 'Write the plan (- for standard output).' },
    name: {
      type: 'string',
      value: 'NAME',
      help: 'What the plan calls the platform. Default: its first domain, or the name of the file.',
    },
    kind: { type: 'string', value: 'KIND', help: `What it is: ${KINDS.join(', ')}. Default other.` },
    'as-of': {
      type: 'string',
      value: 'DAY',
      help: 'The day that counts as now in the plan. Default: of the crawl.',
    },
    save: { type: 'string', value: 'FILE', help: 'Write what was answered, for --offline.' },
    offline: { type: 'string', value: 'FILE', help: 'Read what was answered before. Nothing is asked.' },
    merge: {
      type: 'string',
      value: 'PLAN',
      help: 'Hold what was found against this plan; --plan writes it with the evidence.',
    },
    'fail-on': {
      type: 'string',
      value: 'LIST',
      help: 'What makes it fail: drift (with --merge). Default nothing.',
    },
    terraform: {
      type: 'string',
      multiple: true,
      value: 'FILE',
      help: 'Read a plan or state of Terraform, as JSON. Again for more.',
    },
    backstage: {
      type: 'string',
      multiple: true,
      value: 'FILE',
      help: 'Read a catalogue of Backstage. Again for more.',
    },
    otel: {
      type: 'string',
      multiple: true,
      value: 'FILE',
      help: 'Read a service graph of OpenTelemetry. Again for more.',
    },
    har: {
      type: 'string',
      multiple: true,
      value: 'FILE',
      help: 'Read what a browser recorded. Again for more.',
    },
    list: {
      type: 'string',
      value: 'FILE',
      help: 'Look at many platforms: a line names one, its domains parted by blanks.',
    },
    out: {
      type: 'string',
      value: 'DIR',
      help: 'Where --list writes a plan and a result for each; what is there is passed over.',
    },
    concurrency: {
      type: 'string',
      value: 'N',
      help: 'How many of a list are looked at at once. Default 16.',
    },
    resolver: {
      type: 'string',
      multiple: true,
      value: 'HOST[:PORT]',
      help: 'Ask this resolver. Again for more. Default: those of the system.',
    },
    'dns-only': { type: 'boolean', help: 'Ask for names only, fetch nothing.' },
    private: { type: 'boolean', help: 'Connect to private and local addresses too.' },
    'connect-to': {
      type: 'string',
      multiple: true,
      value: 'ADDRESS:PORT:HOST:PORT',
      help: 'Where DNS leads to ADDRESS:PORT (* for any), connect to HOST:PORT instead. Again for more.',
    },
    authority: {
      type: 'string',
      multiple: true,
      value: 'FILE',
      help: 'Trust these certificates too (PEM). Again for more.',
    },
    ...PLAN_OPTIONS,
  },
  example: 'keelson discover --offline examples/discover/quayside.json --plan -',
  notes: [
    'Several DOMAINs are hosts of one platform. It asks with GET and HEAD, slowly, as robots.txt allows, and never what is private.',
    'Exit 0 when it was answered, 1 with --fail-on drift when the plan and what was seen differ, or when some of a list failed, 2 when the command is wrong.',
  ],
  // What looks is loaded when something is looked at: the help does without.
  async run(args, environment) {
    return (await import('./discover/run.ts')).runDiscover(args, environment);
  },
};
