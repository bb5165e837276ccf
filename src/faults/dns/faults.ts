import type { Fault } from '../fault.ts';
import { dnsAnswer } from '../toxics/dns-answer.ts';
import { dnsEmpty } from '../toxics/dns-empty.ts';
import { dnsLatency } from '../toxics/dns-latency.ts';
import { dnsNxdomain } from '../toxics/dns-nxdomain.ts';
import { dnsRefused } from '../toxics/dns-refused.ts';
import { dnsServfail } from '../toxics/dns-servfail.ts';
import { dnsStale } from '../toxics/dns-stale.ts';
import { dnsTimeout } from '../toxics/dns-timeout.ts';
import { dnsTruncate } from '../toxics/dns-truncate.ts';

export const DNS_FAULTS: readonly Fault[] = [
  dnsNxdomain,
  dnsServfail,
  dnsRefused,
  dnsEmpty,
  dnsTimeout,
  dnsLatency,
  dnsTruncate,
  dnsAnswer,
  dnsStale,
];
