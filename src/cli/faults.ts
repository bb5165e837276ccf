import { KeelsonError } from '../errors.ts';
import type { Command } from './command.ts';

export const faults: Command = {
  name: 'faults',
  summary: 'Stands between clients and servers, and does to their connections what outages do.',
  operands: '',
  options: {
    config: {
      type: 'string',
      value: 'FILE',
      help: 'Proxies to begin with: a list in JSON, as Toxiproxy reads it; a proxy may have toxics. Default none.',
    },
    listen: {
      type: 'string',
      value: 'HOST:PORT',
      help: 'Where the control API is. Default 127.0.0.1:8474.',
    },
    seed: {
      type: 'string',
      value: 'N',
      help: 'The same one strikes the same connections and requests, in the order they come. Default 1.',
    },
    'allow-remote': {
      type: 'boolean',
      help: 'Let others than this computer in: whoever reaches the API reaches what this computer does.',
    },
    list: { type: 'boolean', help: 'Say which faults there are and what they take, and end.' },
    json: { type: 'boolean', help: 'Say as JSON what stands where (keelson.faults/1), or the list.' },
  },
  example: 'keelson faults --config proxies.json',
  notes: [
    'The API is that of Toxiproxy 2 at its port, with more faults: docs/faults.md.',
    'Ctrl-C or SIGTERM ends it: nothing is left open. Exit 0 when it was ended, 2 when something is wrong.',
  ],
  async run(args, environment) {
    if (args.operands.length > 0)
      throw new KeelsonError('bad-argument', `Expected options alone, found ${args.operands.join(' ')}.`, {
        hint: 'keelson faults --config FILE',
      });
    return (await import('./faults/run.ts')).runFaults(args, environment);
  },
};
