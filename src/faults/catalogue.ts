import type { Fault } from './fault.ts';
import { bandwidth } from './toxics/bandwidth.ts';
import { dnsAnswer } from './toxics/dns-answer.ts';
import { dnsEmpty } from './toxics/dns-empty.ts';
import { dnsLatency } from './toxics/dns-latency.ts';
import { dnsNxdomain } from './toxics/dns-nxdomain.ts';
import { dnsRefused } from './toxics/dns-refused.ts';
import { dnsServfail } from './toxics/dns-servfail.ts';
import { dnsStale } from './toxics/dns-stale.ts';
import { dnsTimeout } from './toxics/dns-timeout.ts';
import { dnsTruncate } from './toxics/dns-truncate.ts';
import { latency } from './toxics/latency.ts';
import { limitData } from './toxics/limit-data.ts';
import { resetPeer } from './toxics/reset-peer.ts';
import { slicer } from './toxics/slicer.ts';
import { slowClose } from './toxics/slow-close.ts';
import { timeout } from './toxics/timeout.ts';

/** Every fault there is, in the order that people are told of them. */
export const FAULTS: readonly Fault[] = [
  // Streams of bytes: Toxiproxy's.
  latency,
  bandwidth,
  slowClose,
  timeout,
  resetPeer,
  slicer,
  limitData,
  // Requests of HTTP.
  // Calls of JSON-RPC.
  // Queries of DNS.
  dnsNxdomain,
  dnsServfail,
  dnsRefused,
  dnsEmpty,
  dnsTimeout,
  dnsLatency,
  dnsTruncate,
  dnsAnswer,
  dnsStale,
  // Handshakes of TLS.
];

export function findFault(type: string): Fault | undefined {
  return FAULTS.find((fault) => fault.type === type);
}
