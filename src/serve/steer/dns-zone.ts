import { isIPv4 } from 'node:net';
import { KeelsonError } from '../../errors.ts';
import { show } from '../../problems.ts';
import { dnsName, type DnsName } from '../../dns/name.ts';
import { canonicalAddress, CLASS, TYPE, type DnsRecord } from '../../dns/record.ts';

/** Where the users of an alternative are sent. */
export type DnsAnswer =
  | { readonly kind: 'addresses'; readonly addresses: readonly string[] }
  /** By CNAME: what a CDN gives its customers. */
  | { readonly kind: 'name'; readonly name: string };

export type SteeredType = 'A' | 'AAAA' | 'CNAME';
export const STEERED: readonly SteeredType[] = ['A', 'AAAA', 'CNAME'];

/** What stands at the name, by type; a type that is not there has no values. */
export type Standing = Readonly<Record<SteeredType, StandingSet>>;

export interface StandingSet {
  /** Addresses in their one form, or a name; sorted. */
  readonly values: readonly string[];
  /** 0 when there are no values. */
  readonly ttlSeconds: number;
}

/** @throws KeelsonError `wheel-setting` */
export function standingOf(answer: DnsAnswer, ttlSeconds: number): Standing {
  const set = (values: readonly string[]): StandingSet => ({
    values: [...new Set(values)].sort(),
    ttlSeconds: values.length === 0 ? 0 : ttlSeconds,
  });
  if (answer.kind === 'name') return { A: set([]), AAAA: set([]), CNAME: set([dnsName(answer.name)]) };
  const addresses = answer.addresses.map((text) => canonicalAddress(text) ?? notAnAddress(text));
  if (addresses.length === 0) notAnAddress('');
  return {
    A: set(addresses.filter((address) => isIPv4(address))),
    AAAA: set(addresses.filter((address) => !isIPv4(address))),
    CNAME: set([]),
  };
}

/** What answers of the primary show, one for each of `STEERED`. */
export function standingIn(
  name: DnsName,
  answers: Readonly<Record<SteeredType, readonly DnsRecord[]>>,
): Standing {
  const set = (type: SteeredType): StandingSet => {
    const records = answers[type].filter(
      (record) => record.name === name && record.type === TYPE[type] && record.class === CLASS.IN,
    );
    const values = records.flatMap(({ data }) => {
      if (data.kind === 'address') return [data.address];
      return data.kind === 'name' ? [data.name] : [];
    });
    const ttlSeconds = records.length === 0 ? 0 : Math.min(...records.map((record) => record.ttlSeconds));
    return { values: values.sort(), ttlSeconds };
  };
  return { A: set('A'), AAAA: set('AAAA'), CNAME: set('CNAME') };
}

/** Whether users are sent to the same places. */
export function isSamePlace(a: Standing, b: Standing): boolean {
  return STEERED.every(
    (type) =>
      a[type].values.length === b[type].values.length &&
      a[type].values.every((value, i) => value === b[type].values[i]),
  );
}

/** Whether it is the same with its times to live. */
export function isSame(a: Standing, b: Standing): boolean {
  return (
    isSamePlace(a, b) &&
    STEERED.every((type) => a[type].values.length === 0 || a[type].ttlSeconds === b[type].ttlSeconds)
  );
}

/** Prerequisites that hold only while exactly this stands there (RFC 2136, sections 2.4.2 and 2.4.3). */
export function onlyIf(name: DnsName, standing: Standing): DnsRecord[] {
  return STEERED.flatMap((type) => {
    const { values } = standing[type];
    if (values.length === 0)
      return [{ name, type: TYPE[type], class: CLASS.NONE, ttlSeconds: 0, data: { kind: 'none' } } as const];
    return values.map((value) => recordOf(name, type, value, CLASS.IN, 0));
  });
}

/**
 * Prerequisites that hold only while nothing stands there beside which no CNAME can. Without them Knot and BIND accept an update that takes the
 * addresses away and then leave out the CNAME: the name would be empty.
 */
export function onlyIfAlone(name: DnsName): DnsRecord[] {
  return OTHER_TYPES.map((type) => ({
    name,
    type,
    class: CLASS.NONE,
    ttlSeconds: 0,
    data: { kind: 'none' },
  }));
}

/** Updates that take away what stands there and put the other in its place (sections 2.5.1 and 2.5.2). */
export function replace(name: DnsName, standing: Standing, wanted: Standing): DnsRecord[] {
  const gone = STEERED.filter((type) => standing[type].values.length > 0).map(
    (type): DnsRecord => ({
      name,
      type: TYPE[type],
      class: CLASS.ANY,
      ttlSeconds: 0,
      data: { kind: 'none' },
    }),
  );
  const added = STEERED.flatMap((type) =>
    wanted[type].values.map((value) => recordOf(name, type, value, CLASS.IN, wanted[type].ttlSeconds)),
  );
  return [...gone, ...added];
}

/**
 * Updates that take away one record of each type which is not there (section 2.5.4): a server that looks at rights refuses them, and
 * one that accepts them changes nothing, its serial included. Knot 3.2, BIND 9.18 and PowerDNS 4.7 do so; an update without updates
 * passes BIND's `update-policy` whoever asks, and adding what is there again raises PowerDNS's serial.
 */
export function changeNothing(name: DnsName, types: readonly SteeredType[], standing: Standing): DnsRecord[] {
  return types.flatMap((type) => {
    const spare = SPARE[type].find((value) => !standing[type].values.includes(value));
    return spare === undefined ? [] : [recordOf(name, type, spare, CLASS.NONE, 0)];
  });
}

/** `A 192.0.2.1, AAAA 2001:db8::1 (60 s)`, for people. */
export function standingText(standing: Standing): string {
  const there = STEERED.filter((type) => standing[type].values.length > 0);
  if (there.length === 0) return 'nothing';
  const ttls = new Set(there.map((type) => standing[type].ttlSeconds));
  const records = there.flatMap((type) => standing[type].values.map((value) => `${type} ${value}`));
  const shown = records.length > MOST_SHOWN ? [...records.slice(0, MOST_SHOWN), '…'] : records;
  return `${shown.join(', ')} (${[...ttls].join(' and ')} s)`;
}

const MOST_SHOWN = 8;
/** NS, PTR, HINFO, MX, TXT, LOC, SRV, NAPTR, SSHFP, TLSA, SVCB, HTTPS, SPF, URI, CAA. */
const OTHER_TYPES = [2, 12, 13, 15, 16, 29, 33, 35, 44, 52, 64, 65, 99, 256, 257];

/** Places that are nobody's (RFC 5737, 3849 and 6761). */
const SPARE: Readonly<Record<SteeredType, readonly string[]>> = {
  A: Array.from({ length: 256 }, (_, i) => `192.0.2.${i}`),
  AAAA: Array.from({ length: 256 }, (_, i) => `2001:db8::${(i + 1).toString(16)}`),
  CNAME: ['keelson-spare.invalid', 'keelson-other.invalid'],
};

function recordOf(
  name: DnsName,
  type: SteeredType,
  value: string,
  recordClass: number,
  ttlSeconds: number,
): DnsRecord {
  const data =
    type === 'CNAME'
      ? ({ kind: 'name', name: value } as const)
      : ({ kind: 'address', address: value } as const);
  return { name, type: TYPE[type], class: recordClass, ttlSeconds, data };
}

function notAnAddress(text: string): never {
  throw new KeelsonError('wheel-setting', `Expected an IPv4 or IPv6 address, found ${show(text)}.`, {
    hint: 'Give each alternative its addresses, or the one name that its users are sent to.',
  });
}
