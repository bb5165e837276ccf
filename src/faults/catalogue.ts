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
import { down } from './toxics/down.ts';
import { httpBody } from './toxics/http-body.ts';
import { httpClamp } from './toxics/http-clamp.ts';
import { httpHang } from './toxics/http-hang.ts';
import { httpHeader } from './toxics/http-header.ts';
import { httpLatency } from './toxics/http-latency.ts';
import { httpStale } from './toxics/http-stale.ts';
import { httpStatus } from './toxics/http-status.ts';
import { latency } from './toxics/latency.ts';
import { limitData } from './toxics/limit-data.ts';
import { resetPeer } from './toxics/reset-peer.ts';
import { rpcFreeze } from './toxics/rpc-freeze.ts';
import { rpcLag } from './toxics/rpc-lag.ts';
import { rpcLie } from './toxics/rpc-lie.ts';
import { slicer } from './toxics/slicer.ts';
import { slowClose } from './toxics/slow-close.ts';
import { timeout } from './toxics/timeout.ts';
import { tlsExpired } from './toxics/tls-expired.ts';
import { tlsStall } from './toxics/tls-stall.ts';
import { tlsWrongName } from './toxics/tls-wrong-name.ts';

/** Every fault there is, in the order that people are told of them. */
export const FAULTS: readonly Fault[] = [
  // What listens.
  down,
  // Streams of bytes: Toxiproxy's.
  latency,
  bandwidth,
  slowClose,
  timeout,
  resetPeer,
  slicer,
  limitData,
  // Requests of HTTP.
  httpStatus,
  httpBody,
  httpHeader,
  httpLatency,
  httpHang,
  httpStale,
  httpClamp,
  // Calls of JSON-RPC.
  rpcLag,
  rpcFreeze,
  rpcLie,
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
  tlsStall,
  tlsExpired,
  tlsWrongName,
];

export function findFault(type: string): Fault | undefined {
  return FAULTS.find((fault) => fault.type === type);
}
