import type { Sample } from '../sample.ts';

/** More at once than a person sends, and far less than harms: what bounds a rate shows at its lowest. */
export const BURST: readonly Sample[] = [
  {
    id: 'burst-small',
    class: 'burst',
    protection: 'ddos',
    rules: 'CRS 912 denial of service: a bound on the rate of one client',
    form: { kind: 'burst', times: 30 },
  },
];
