import { describe, expect, it } from 'vitest';
import { nextDatabase } from './next-connections.js';

const stored = { host: 'db', port: 5432, database: 'shop', user: 'shop', tls: 'require' } as const;
const given = { kind: 'connection', ...stored } as const;

describe('nextDatabase', () => {
  it('never stores the password with the connection', () => {
    const next = nextDatabase(null, { ...given, password: 'a-secret' });
    expect(next).toEqual({ database: stored, password: { replaceBy: 'a-secret' } });
  });

  it('fills in the usual port and no TLS', () => {
    const { database } = nextDatabase(null, { kind: 'connection', host: 'db', database: 'shop', user: 'shop' });
    expect(database).toEqual({ host: 'db', port: 5432, database: 'shop', user: 'shop', tls: 'disable' });
  });

  it.each([
    ['nothing changes', given],
    ['the usual port is left out', { kind: 'connection' as const, host: 'db', database: 'shop', user: 'shop' }],
    ['the database changes', { ...given, database: 'shop2' }],
    ['the TLS mode changes', { ...given, tls: 'verify-full' as const }],
  ])('keeps a password that is not given when %s', (_, input) => {
    expect(nextDatabase(stored, input).password).toBe('keep');
  });

  it.each([
    ['host', { ...given, host: 'evil' }],
    ['port', { ...given, port: 5433 }],
    ['user', { ...given, user: 'postgres' }],
  ])('drops a password that is not given when the %s changes', (_, input) => {
    expect(nextDatabase(stored, input).password).toBe('drop');
  });

  it.each([
    ['an empty password', { ...given, password: '' }],
    ['a variable', { kind: 'variable' as const, env: 'ENVIRONMENT_SHOP_URL' }],
    ['a file', { kind: 'file' as const, file: 'shop/url' }],
    ['no database', null],
  ])('drops the password for %s', (_, input) => {
    expect(nextDatabase(stored, input).password).toBe('drop');
  });

  it('drops the password when the connection takes the place of a reference', () => {
    expect(nextDatabase({ env: 'ENVIRONMENT_SHOP_URL' }, given)).toEqual({ database: stored, password: 'drop' });
  });
});
