import { describe, expect, it } from 'vitest';
import { isAllowedHost, isHost, isSameServer } from './database-hosts.js';

describe('isAllowedHost', () => {
  it('allows none when nothing is listed, and any for a star', () => {
    expect(isAllowedHost('anything.example', [])).toBe(false);
    expect(isAllowedHost('anything.example', ['*'])).toBe(true);
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

describe('isSameServer', () => {
  const at = (place: string) => {
    const [, host = '', port = ''] = /^(.*):(\d+)$/.exec(place) ?? [];
    return { host, port: Number(port) };
  };

  it.each([
    ['db.internal:5432', 'db.internal:5432'],
    ['db.internal:5432', 'DB.Internal:5432'],
    ['db.internal:5432', 'db.internal.:5432'],
    ['127.0.0.1:5432', 'localhost:5432'],
    ['::1:5432', '127.0.0.5:5432'],
    ['Localhost:5432', '[::1]:5432'],
  ])('%s and %s are one', (one, other) => {
    expect(isSameServer(at(one), at(other))).toBe(true);
  });

  it.each([
    ['db.internal:5432', 'db.internal:5433'],
    ['db.internal:5432', 'db:5432'],
    ['127.0.0.1:5432', '128.0.0.1:5432'],
    ['localhost:5432', 'localhost.example:5432'],
  ])('%s and %s are not, by their names', (one, other) => {
    expect(isSameServer(at(one), at(other))).toBe(false);
  });
});
