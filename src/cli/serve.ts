import type { Command } from './command.ts';
import { PLAN_OPTIONS } from './input.ts';

export const serve: Command = {
  name: 'serve',
  summary: 'Runs a plan live: fails over, steps down the ladder, keeps the core up.',
  operands: 'PLAN',
  options: {
    steer: {
      type: 'boolean',
      help: 'Steer the fronts of the plan in place of being the gateway: run it elsewhere than what it steers.',
    },
    'dry-run': {
      type: 'boolean',
      help: 'Say what would be done, look whether it could be done now, ask nodes of chains where they are, change nothing, and end.',
    },
    listen: {
      type: 'string',
      value: 'HOST:PORT',
      help: 'Where the gateway listens. Default 127.0.0.1:8080.',
    },
    admin: {
      type: 'string',
      value: 'HOST:PORT',
      help: 'Where status and metrics are, or off. Default 127.0.0.1:9600 (9601 with --steer).',
    },
    state: {
      type: 'string',
      value: 'DIR',
      help: 'Where modes, pins and keys are kept, and the socket of the admin, or none. Default .keelson.',
    },
    share: {
      type: 'string',
      value: 'SHARE',
      help: 'Share of requests that are logged and traced. Default 1%.',
    },
    spans: {
      type: 'string',
      value: 'URL',
      help: 'A collector of OpenTelemetry spans (OTLP over HTTP). Default none.',
    },
    authority: {
      type: 'string',
      value: 'FILE',
      help: 'PEM of the authority that edges are checked against. Default the system’s.',
    },
    contract: {
      type: 'string',
      value: 'FILE',
      help: 'A contract that the plan’s file is held to: who signs it, that its version rises, how much it may change (docs/guard.md). Default none.',
    },
    trial: {
      type: 'string',
      value: 'SHARE',
      help: 'Share of requests that a new plan is tried on before it is in force; 0%: none. Default 10%.',
    },
    'trial-time': {
      type: 'string',
      value: 'TIME',
      help: 'How long it is tried. Default 30s.',
    },
    'drain-time': {
      type: 'string',
      value: 'TIME',
      help: 'How long what is under way may take when it is stopped. Default 30s.',
    },
    speed: {
      type: 'string',
      value: 'N',
      help: 'For drills, never in production: what policies count (detect, hold, ladders) runs so many times as fast, 1 to 1000; sockets and probes do not. Default 1.',
    },
    via: {
      type: 'string',
      value: 'FILE',
      help: 'For drills, never in production: JSON that says where addresses of the plan are reached in this run, {"HOST:PORT": "HOST:PORT"}. Default none.',
    },
    ...PLAN_OPTIONS,
  },
  example: 'keelson serve examples/serve/live.yaml --listen 127.0.0.1:8080',
  notes: [
    'Logs are lines of JSON on standard error. Ctrl-C or SIGTERM ends it: nothing new is taken, what is under way is ended.',
    'When the plan’s file changes, that is an offer: it is checked, solved, held back where it leaves a core journey worse, tried, and then in force, without a request dropped (keelson reload).',
    'A hand on the lever: keelson mode, keelson approve. Orders over a port need the token in KEELSON_ADMIN_TOKEN.',
    'Exit 0 when it was ended, 1 when --dry-run finds that a switch could not be made or a node not be asked, 2 when the plan cannot be served.',
  ],
  async run(args, environment) {
    return (await import('./serve/run.ts')).runServe(args, environment);
  },
};
