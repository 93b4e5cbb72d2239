import { lookup as lookupEach, type LookupAddress } from 'node:dns';
import { lookup } from 'node:dns/promises';
import { BlockList, isIP, type LookupFunction } from 'node:net';

/** Addresses that mean the machine itself, its own network, or what a cloud tells only its own machines. */
const SPECIAL = new BlockList();
for (const [network, prefix] of [
  ['0.0.0.0', 8],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['192.0.0.0', 24],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
] as const)
  SPECIAL.addSubnet(network, prefix, 'ipv4');
// Alibaba's; those of the others are link-local.
SPECIAL.addAddress('100.100.100.200', 'ipv4');
for (const [network, prefix] of [
  ['::', 127],
  ['fe80::', 10],
  ['ff00::', 8],
  ['fec0::', 10],
] as const)
  SPECIAL.addSubnet(network, prefix, 'ipv6');
// Amazon's and Google's.
SPECIAL.addAddress('fd00:ec2::254', 'ipv6');
SPECIAL.addAddress('fd20:ce::254', 'ipv6');

/** Networks in whose addresses one of version 4 is written: mapped, compatible, translated (NAT64), 6to4. By bytes before it. */
const CARRIERS: readonly [network: string, prefix: number, before: number][] = [
  ['::ffff:0:0', 96, 12],
  ['::ffff:0:0:0', 96, 12],
  ['::', 96, 12],
  ['64:ff9b::', 96, 12],
  ['64:ff9b:1::', 48, 12],
  ['2002::', 16, 2],
];
const CARRYING = CARRIERS.map(([network, prefix, before]) => {
  const list = new BlockList();
  list.addSubnet(network, prefix, 'ipv6');
  return { list, before };
});

/**
 * Whether an address may be somebody else's machine: not loopback, link-local, unspecified, multicast or that of a metadata
 * service, in whatever way it is written. Private networks count as others' machines: that is where databases are.
 */
export function isPublicAddress(address: string): boolean {
  const [plain = ''] = address.split('%');
  switch (isIP(plain)) {
    case 4:
      return !SPECIAL.check(plain, 'ipv4');
    case 6: {
      if (SPECIAL.check(plain, 'ipv6')) return false;
      const carrier = CARRYING.find(({ list }) => list.check(plain, 'ipv6'));
      return (
        carrier === undefined ||
        isPublicAddress([...bytesOf(plain).subarray(carrier.before, carrier.before + 4)].join('.'))
      );
    }
    default:
      return false;
  }
}

/** Whether a host is itself such an address: sockets look up names only, so that nothing else would see it. */
export function isSpecialAddress(host: string): boolean {
  const bare = withoutBrackets(host);
  return isIP(bare) !== 0 && !isPublicAddress(bare);
}

/** As hosts in URLs have addresses of version 6. */
function withoutBrackets(host: string): string {
  return host.replace(/^\[(.*)\]$/, '$1');
}

/** Thrown for a host that leads, or could lead, to this machine. */
export class AddressRefused extends Error {
  constructor(readonly host: string) {
    super(`The host ${host} leads to this machine or its own network, and was not allowed by its name.`);
  }
}

/** All addresses of a host. Rejects with `AddressRefused` when one of them is not public, or with the error of the look-up. */
export async function publicAddressesOf(host: string): Promise<LookupAddress[]> {
  const found = await lookup(withoutBrackets(host), { all: true, verbatim: true });
  if (!areAllPublic(found)) throw new AddressRefused(host);
  return found;
}

/**
 * For sockets: looks a name up and refuses it as `publicAddressesOf` does, so that what was looked at is what is connected to. A
 * socket never asks it for a host that is an address.
 */
export const publicLookup: LookupFunction = (host, options, done) => {
  lookupEach(withoutBrackets(host), { all: true, verbatim: true }, (error, found = []) => {
    if (error) done(error, '');
    else if (!areAllPublic(found)) done(new AddressRefused(host), '');
    else if (options.all === true) done(null, found);
    else done(null, found[0]!.address, found[0]!.family);
  });
};

function areAllPublic(found: readonly LookupAddress[]): boolean {
  return found.length > 0 && found.every(({ address }) => isPublicAddress(address));
}

function bytesOf(address: string): Buffer {
  // The parser of URLs writes every address in one way, without dots.
  const canonical = new URL(`http://[${address}]`).hostname.slice(1, -1);
  const [left = '', right] = canonical.split('::');
  const groups = (text: string) => (text === '' ? [] : text.split(':')).map((group) => Number.parseInt(group, 16));
  const [before, after] = [groups(left), groups(right ?? '')];
  const all =
    right === undefined ? before : [...before, ...Array<number>(8 - before.length - after.length).fill(0), ...after];
  return Buffer.from(all.flatMap((group) => [group >> 8, group & 0xff]));
}
