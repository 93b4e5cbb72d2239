import { describe, expect, it } from 'vitest';
import { nextDatabase } from './next-connections.js';

const stored = { host: 'db', port: 5432, database: 'shop', user: 'shop', tls: 'require' } as const;

describe('nextDatabase', () => {
  it('never stores the password with the connection', () => {
    const next = nextDatabase(null, { ...stored, password: 'a-secret' });
    expect(next).toEqual({ database: stored, password: { replaceBy: 'a-secret' } });
  });

  it('fills in the usual port and no TLS', () => {
    const { database } = nextDatabase(null, { host: 'db', database: 'shop', user: 'shop' });
    expect(database).toEqual({ host: 'db', port: 5432, database: 'shop', user: 'shop', tls: 'disable' });
  });

  it.each([
    ['nothing changes', stored],
    ['the usual port is left out', { host: 'db', database: 'shop', user: 'shop' }],
    ['the database changes', { ...stored, database: 'shop2' }],
    ['the TLS mode changes', { ...stored, tls: 'verify-full' as const }],
  ])('keeps a password that is not given when %s', (_, input) => {
    expect(nextDatabase(stored, input).password).toBe('keep');
  });

  it.each([
    ['host', { ...stored, host: 'evil' }],
    ['port', { ...stored, port: 5433 }],
    ['user', { ...stored, user: 'postgres' }],
  ])('drops a password that is not given when the %s changes', (_, input) => {
    expect(nextDatabase(stored, input).password).toBe('drop');
  });

  it.each([
    ['an empty password', { ...stored, password: '' }],
    ['a variable', { env: 'ENVIRONMENT_SHOP_URL' }],
    ['a file', { file: 'shop/url' }],
    ['no database', null],
  ])('drops the password for %s', (_, input) => {
    expect(nextDatabase(stored, input).password).toBe('drop');
  });

  it('drops the password when the connection takes the place of a reference', () => {
    expect(nextDatabase({ env: 'ENVIRONMENT_SHOP_URL' }, stored)).toEqual({ database: stored, password: 'drop' });
  });
});
