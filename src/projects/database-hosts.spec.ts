import { describe, expect, it } from 'vitest';
import { isAllowedHost, isHost } from './database-hosts.js';

describe('isAllowedHost', () => {
  it('allows any host when nothing is listed', () => {
    expect(isAllowedHost('anything.example', [])).toBe(true);
  });

  it.each([
    ['db.internal', true],
    ['DB.Internal', true],
    ['10.0.0.5', true],
    ['a.shop.example', true],
    ['a.b.Shop.example', true],
    ['shop.example', false],
    ['evilshop.example', false],
    ['.shop.example', false],
    ['db.internal.evil.example', false],
    ['xdb.internal', false],
    ['10.0.0.50', false],
    ['localhost', false],
  ])('%s against the list: %s', (host, allowed) => {
    expect(isAllowedHost(host, ['db.internal', '10.0.0.5', '*.SHOP.example'])).toBe(allowed);
  });
});

describe('isHost', () => {
  it.each(['db', 'db-1.internal', '10.0.0.5', '::1', 'fe80::1'])('%s is one', (host) => {
    expect(isHost(host)).toBe(true);
  });

  it.each(['', '/var/run/postgresql', '@abstract', 'a,b', 'a b', 'a%2f', 'a'.repeat(254)])('%j is none', (host) => {
    expect(isHost(host)).toBe(false);
  });
});
