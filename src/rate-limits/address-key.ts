import { isIP } from 'node:net';

/** Groups of 16 bits that an IPv6 network has: who is given one address is given 2^64. */
const IPV6_NETWORK_GROUPS = 4;

/** What proxies write beside an address: a port, and brackets around IPv6. */
const BESIDE_PORT = /^(?:\[([^\]]+)\]|([\d.]+))(?::\d+)?$/;

/**
 * What requests of one address are counted under: an IPv4 address, or the /64 network of an IPv6 address,
 * each in one spelling. Undefined for what is no address.
 */
export function addressKey(address: string): string | undefined {
  const [, bracketed, dotted] = BESIDE_PORT.exec(address) ?? [];
  const plain = (bracketed ?? dotted ?? address).split('%', 1)[0] ?? '';
  const kind = isIP(plain);
  if (kind === 0) return undefined;
  if (kind === 4) return plain;
  const groups = groupsOf(plain);
  return mappedIpv4(groups) ?? `${groups.slice(0, IPV6_NETWORK_GROUPS).join(':')}::/64`;
}

/** The eight groups of a valid IPv6 address, without leading zeros. */
function groupsOf(address: string): string[] {
  // A URL writes the last 32 bits in hexadecimal, and everything in lower case.
  const { hostname } = new URL(`http://[${address}]`);
  const [before = '', after] = hostname.slice(1, -1).split('::', 2);
  const parts = (text: string): string[] => (text === '' ? [] : text.split(':'));
  if (after === undefined) return parts(before);
  const zeros = 8 - parts(before).length - parts(after).length;
  return [...parts(before), ...Array.from({ length: zeros }, () => '0'), ...parts(after)];
}

/** `::ffff:192.0.2.1` is 192.0.2.1 on a socket that speaks both. */
function mappedIpv4(groups: string[]): string | undefined {
  if (groups.slice(0, 6).join(':') !== '0:0:0:0:0:ffff') return undefined;
  return groups
    .slice(6)
    .flatMap((group) => [Number.parseInt(group, 16) >> 8, Number.parseInt(group, 16) & 0xff])
    .join('.');
}
