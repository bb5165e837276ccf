import { listenerFault } from '../fault.ts';

/** As a disabled proxy, but with a schedule. What it does stands in streams/tcp-front.ts. */
export const down = listenerFault({
  type: 'down',
  layer: 'listener',
  summary:
    'Connections are refused, and those that are open are reset (RST); it listens again when this is over.',
  attributes: {},
});
