import { isIPv4 } from 'node:net';
import { canonicalAddress } from '../../../dns/record.ts';

/**
 * Why an address is not one of the public internet: `loopback`, `private use`, …; undefined where it is. From the registries of special
 * addresses (IANA, RFC 6890), and the addresses at which clouds tell machines about themselves. An IPv6 address that stands for an IPv4 address
 * (mapped, NAT64, 6to4, Teredo, ISATAP) is judged as that one.
 * @param address as in DNS or in a URL, without brackets
 */
export function whyNotPublic(address: string): string | undefined {
  const canonical = canonicalAddress(address);
  if (canonical === undefined) return 'no address';
  return isIPv4(canonical) ? judgeIPv4(numberOf(canonical)) : judgeIPv6(groupsOf(canonical));
}

const METADATA = 'an address of a cloud for its own machines';

/** The first that fits counts. */
const IPV4: readonly (readonly [network: string, bits: number, why: string])[] = [
  ['169.254.169.254', 32, METADATA],
  ['168.63.129.16', 32, METADATA],
  ['100.100.100.200', 32, METADATA],
  ['0.0.0.0', 8, 'this network'],
  ['10.0.0.0', 8, 'private use'],
  ['100.64.0.0', 10, 'shared by a carrier’s customers'],
  ['127.0.0.0', 8, 'loopback'],
  ['169.254.0.0', 16, 'link-local'],
  ['172.16.0.0', 12, 'private use'],
  ['192.0.0.0', 24, 'reserved'],
  ['192.0.2.0', 24, 'documentation'],
  ['192.31.196.0', 24, 'reserved'],
  ['192.52.193.0', 24, 'reserved'],
  ['192.88.99.0', 24, 'reserved'],
  ['192.168.0.0', 16, 'private use'],
  ['192.175.48.0', 24, 'reserved'],
  ['198.18.0.0', 15, 'benchmarking'],
  ['198.51.100.0', 24, 'documentation'],
  ['203.0.113.0', 24, 'documentation'],
  ['224.0.0.0', 4, 'multicast'],
  ['240.0.0.0', 4, 'reserved'],
];

const NETWORKS = IPV4.map(([network, bits, why]) => ({
  first: numberOf(network),
  size: 2 ** (32 - bits),
  why,
}));

function judgeIPv4(address: number): string | undefined {
  return NETWORKS.find(({ first, size }) => address >= first && address < first + size)?.why;
}

function judgeIPv6(groups: readonly number[]): string | undefined {
  const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0] = groups;
  const last = embedded(g, h);
  const startsWithZeros = (count: number): boolean => groups.slice(0, count).every((group) => group === 0);
  if (startsWithZeros(7)) return h === 1 ? 'loopback' : h === 0 ? 'unspecified' : 'reserved';
  // IPv4-mapped (RFC 4291) and IPv4-translated (RFC 2765).
  if ((startsWithZeros(5) && f === 0xffff) || (startsWithZeros(4) && e === 0xffff && f === 0)) return last;
  // NAT64 (RFC 6052).
  if (a === 0x64 && b === 0xff9b && c === 0 && d === 0 && e === 0 && f === 0) return last;
  if (a === 0xfd00 && b === 0xec2) return METADATA;
  if ((a & 0xfe00) === 0xfc00) return 'private use';
  if ((a & 0xffc0) === 0xfe80) return 'link-local';
  if ((a & 0xffc0) === 0xfec0) return 'site-local';
  if ((a & 0xff00) === 0xff00) return 'multicast';
  // Only 2000::/3 is given out.
  if ((a & 0xe000) !== 0x2000) return 'reserved';
  // 6to4 (RFC 3056).
  if (a === 0x2002) return embedded(b, c);
  // Teredo (RFC 4380): a server, and a client whose bits are inverted.
  if (a === 0x2001 && b === 0) return embedded(c, d) ?? embedded(g ^ 0xffff, h ^ 0xffff);
  if (a === 0x2001 && b === 0xdb8) return 'documentation';
  if (a === 0x3fff && b < 0x1000) return 'documentation';
  if (a === 0x2001 && b < 0x200) return 'reserved';
  // ISATAP (RFC 5214).
  if ((e & 0xfdff) === 0 && f === 0x5efe) return last;
  return undefined;
}

function embedded(high: number, low: number): string | undefined {
  return judgeIPv4(high * 0x10000 + low);
}

function numberOf(address: string): number {
  return address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
}

/** Of an address in its canonical form, which has no dots. */
function groupsOf(address: string): number[] {
  const [head = '', tail] = address.split('::');
  const left = head === '' ? [] : head.split(':');
  const right = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = new Array<string>(8 - left.length - right.length).fill('0');
  return [...left, ...zeros, ...right].map((group) => Number.parseInt(group, 16));
}
