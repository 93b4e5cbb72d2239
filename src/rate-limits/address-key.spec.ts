import { describe, expect, it } from 'vitest';
import { addressKey } from './address-key.js';

describe('addressKey', () => {
  it.each([
    ['192.0.2.1', '192.0.2.1'],
    ['192.0.2.1:4711', '192.0.2.1'],
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['::FFFF:c000:201', '192.0.2.1'],
    ['[::ffff:192.0.2.1]:4711', '192.0.2.1'],
    ['::1', '0:0:0:0::/64'],
    ['2001:db8:0:1::1', '2001:db8:0:1::/64'],
    ['2001:0DB8:0000:0001:ffff::2', '2001:db8:0:1::/64'],
    ['[2001:db8:0:1::3]:4711', '2001:db8:0:1::/64'],
    ['2001:db8:0:1:1:2:3:4', '2001:db8:0:1::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
  ])('%s is counted as %s', (address, key) => {
    expect(addressKey(address)).toBe(key);
  });

  it.each(['', 'unknown', '_hidden', '192.0.2', '192.0.2.1, 192.0.2.2', 'localhost', '::g'])('%j is none', (text) => {
    expect(addressKey(text)).toBeUndefined();
  });
});
