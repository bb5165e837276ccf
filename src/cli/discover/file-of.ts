import { digestOf } from '../../document/load.ts';

/** What a system takes for a device, with any ending: Windows (learn.microsoft.com, Naming Files). */
const DEVICE = /^(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$)/;

/**
 * The name of a platform, which is a host in lower case, as that of its files without their ending: one that every system takes, and another one
 * for every host.
 */
export function fileOf(name: string): string {
  // No host has a tilde.
  if (DEVICE.test(name)) return `~${name}`;
  return name.length <= 200 ? name : `${name.slice(0, 180)}~${digestOf(name).slice(-16)}`;
}
