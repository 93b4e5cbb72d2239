import { describe, expect, it } from 'vitest';
import { AddressRefused, isPublicAddress, publicAddressesOf } from './public-address.js';

describe('an address', () => {
  it.each([
    '127.0.0.1',
    '127.1.2.3',
    '0.0.0.0',
    '0.1.2.3',
    '169.254.169.254',
    '169.254.0.1',
    '100.100.100.200',
    '224.0.0.1',
    '255.255.255.255',
    '::',
    '::1',
    'fe80::1',
    'fe80::1%eth0',
    'ff02::1',
    'fd00:ec2::254',
    '::ffff:127.0.0.1',
    '::ffff:7f00:1',
    '::127.0.0.1',
    '64:ff9b::7f00:1',
    '64:ff9b::169.254.169.254',
    '2002:7f00:1::',
    '2002:a9fe:a9fe::1',
    '0:0:0:0:0:0:0:1',
    'not an address',
    '',
  ])('is this machine’s or special: %s', (address) => {
    expect(isPublicAddress(address)).toBe(false);
  });

  it.each([
    '10.0.0.5',
    '192.168.1.10',
    '172.16.0.1',
    '8.8.8.8',
    '100.100.100.201',
    'fd00::5',
    '2001:db8::1',
    '::ffff:10.0.0.5',
    '64:ff9b::808:808',
  ])('may be another machine’s: %s', (address) => {
    expect(isPublicAddress(address)).toBe(true);
  });
});

describe('a host', () => {
  it.each(['localhost', '127.0.0.1', '[::1]', '0', '0x7f.1', '2130706433', '127.1'])(
    'that is this machine is refused: %s',
    async (host) => {
      await expect(publicAddressesOf(host)).rejects.toThrow(AddressRefused);
    },
  );

  it('that is another machine has its addresses', async () => {
    expect(await publicAddressesOf('10.0.0.5')).toEqual([{ address: '10.0.0.5', family: 4 }]);
  });
});
