import { afterEach, expect, it, vi } from 'vitest';
import { dbnameArgument, libpqEnvironment } from './libpq-environment.js';

const address = { host: 'db', port: 5433, database: 'erp', user: 'app', password: 'secret', tls: 'disable' } as const;

afterEach(() => vi.unstubAllEnvs());

it('gives a program the password and nothing of the service itself', () => {
  vi.stubEnv('DATABASE_URL', 'postgres://the-service');
  vi.stubEnv('PGOPTIONS', '-c work_mem=1GB');
  vi.stubEnv('PGSERVICE', 'other');

  const environment = libpqEnvironment(address);

  expect(environment).toMatchObject({ PGHOST: 'db', PGPORT: '5433', PGUSER: 'app', PGPASSWORD: 'secret' });
  expect(Object.keys(environment)).not.toEqual(expect.arrayContaining(['DATABASE_URL']));
  expect(environment).not.toHaveProperty('PGOPTIONS');
  expect(environment).not.toHaveProperty('PGSERVICE');
});

it.each([
  ['disable', 'disable'],
  ['require', 'require'],
  ['verify-full', 'verify-full'],
] as const)('says TLS mode %s in the words of libpq', (tls, mode) => {
  expect(libpqEnvironment({ ...address, tls })).toHaveProperty('PGSSLMODE', mode);
});

it('checks no certificate for "require", whatever lies in the home directory', () => {
  expect(libpqEnvironment({ ...address, tls: 'require' })['PGSSLROOTCERT']).toMatch(/nonexistent/);
});

it('keeps a database name from being read as a connection string', () => {
  expect(dbnameArgument(`it's host=evil\\`)).toBe(`--dbname=dbname='it\\'s host=evil\\\\'`);
});
