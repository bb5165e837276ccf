import { KeelsonError } from '../errors.ts';
import type { Problem } from '../problems.ts';
import { MOST_PLANS } from './compared.ts';
import type { Arguments, Command, Environment } from './command.ts';
import { PLAN_OPTIONS, readLimits, refuse, wholeNumber } from './input.ts';
import { openBrowser } from './open/browser.ts';
import { LivePlans } from './open/live-plans.ts';
import type { PageRequest } from './open/page.ts';
import { servePage } from './open/server.ts';

export const open: Command = {
  name: 'open',
  summary: 'Serves the page of a plan on this computer, made anew whenever the plan is saved.',
  operands: 'PLAN…',
  options: {
    port: {
      type: 'string',
      value: 'N',
      help: 'Where to serve it, on 127.0.0.1. Default 0: any that is free.',
    },
    browser: { type: 'boolean', help: 'Open it in the browser of the system.' },
    without: {
      type: 'string',
      multiple: true,
      value: 'EVENT',
      help: 'What if this has failed: cloudflare, aws@us-east-1, a service. Again for more.',
    },
    ...PLAN_OPTIONS,
  },
  example: 'keelson open examples/harbor/plan.yaml --browser',
  notes: [
    'What is wrong with a plan is shown in the page, at its line. Up to 12 plans stand in one page. Ctrl-C ends it.',
    'Exit 0 when it was ended, 2 when a plan cannot be read at first or the command is wrong.',
  ],
  run(args, environment) {
    const port = wholeNumber(args, 'port', 0, 65_535) ?? 0;
    const { root } = environment;
    const { operands: files } = args;
    checkFiles(files);
    const request = { root, files, without: args.texts('without'), limits: readLimits(args) };
    return openPlans(request, port, args, environment);
  },
};

function checkFiles(files: readonly string[]): void {
  if (files.length === 0)
    throw new KeelsonError('no-plan', 'Expected a plan file.', {
      hint: 'keelson open PLAN… (a starter: keelson init)',
    });
  if (files.length > MOST_PLANS)
    throw new KeelsonError('bad-argument', `Expected at most ${MOST_PLANS} plans, found ${files.length}.`);
  if (files.includes('-'))
    throw new KeelsonError('bad-argument', 'Expected files: standard input cannot be saved again.', {
      hint: 'keelson assess - --html FILE makes a page of it.',
    });
}

async function openPlans(
  request: PageRequest,
  port: number,
  args: Arguments,
  environment: Environment,
): Promise<number> {
  const interrupted = untilInterrupted();
  const server = await servePage(port);
  const plans = new LivePlans(request, environment);
  try {
    const first = await Promise.race([plans.first(), interrupted]);
    if (first === undefined) return 0;
    // Most likely a name that was mistyped: nobody wants to wait for that file.
    if (first.problems.some(isUnreadable)) return refuse(first.problems, args, environment);
    server.show(first);
    environment.out(`${first.title} at ${server.address}  (Ctrl-C ends it)`);
    if (args.flag('browser'))
      openBrowser(server.address, (reason) => environment.err(`No browser was opened: ${reason}`));
    plans.follow((page, saved) => {
      server.show(page);
      for (const i of saved) environment.err(page.says[i] ?? '');
    });
    await interrupted;
    return 0;
  } finally {
    plans.close();
    await server.close();
  }
}

function isUnreadable({ code }: Problem): boolean {
  return code === 'file-unreadable';
}

/** Ended by whoever started it; a second time, at once. */
function untilInterrupted(): Promise<undefined> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve(undefined));
  });
}
