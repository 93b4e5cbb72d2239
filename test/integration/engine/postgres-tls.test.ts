import { execFile } from 'node:child_process';
import { chown, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, expect, it, vi } from 'vitest';
import { openCut } from '../../../src/engine/postgres/cut/cut.js';
import type { DatabaseAddress, TlsMode } from '../../../src/engine/postgres/connection/database-address.js';
import { dumpArchive } from '../../../src/engine/postgres/programs/dump-archive.js';
import { operatingSystemUser } from '../../harness/postgres-os-user.js';
import { type PostgresServer, startPostgresServer } from '../../harness/postgres-server.js';

const never = new AbortController().signal;
let directory: string;
let certificate: string;
let server: PostgresServer;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'snapback-test-tls-'));
  certificate = join(directory, 'certificate.pem');
  const key = join(directory, 'key.pem');
  const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost', '-days', '1'];
  await promisify(execFile)('openssl', [
    'req',
    '-x509',
    '-newkey',
    'rsa:2048',
    '-nodes',
    '-keyout',
    key,
    '-out',
    certificate,
    ...subject,
  ]);
  const { uid, gid } = await operatingSystemUser();
  for (const path of [directory, certificate, key]) await chown(path, uid, gid);
  server = await startPostgresServer({ settings: { ssl: 'on', ssl_cert_file: certificate, ssl_key_file: key } });
});
afterAll(async () => {
  await server?.remove();
  await rm(directory, { recursive: true, force: true });
});
afterEach(() => vi.unstubAllEnvs());

function address(tls: TlsMode, host = 'localhost'): DatabaseAddress {
  return { ...server.address('postgres'), tls, host };
}

/** Once through the driver and once through pg_dump, which have to agree. */
async function dumpedBytes(from: DatabaseAddress): Promise<number> {
  const cut = await openCut(from, { signal: never });
  try {
    let bytes = 0;
    for await (const part of dumpArchive(from, cut, { signal: never })) bytes += part.length;
    return bytes;
  } finally {
    await cut.close();
  }
}

it('encrypts without checking who answers when told to "require"', async () => {
  expect(await dumpedBytes(address('require', '127.0.0.1'))).toBeGreaterThan(0);
});

it('accepts a certificate of an authority named by PGSSLROOTCERT', async () => {
  vi.stubEnv('PGSSLROOTCERT', certificate);

  expect(await dumpedBytes(address('verify-full'))).toBeGreaterThan(0);
});

it.each([
  ['of an unknown authority', 'localhost', undefined],
  ['of another host name', '127.0.0.1', () => certificate],
])('refuses a certificate %s when told to "verify-full"', async (_, host, authority) => {
  if (authority) vi.stubEnv('PGSSLROOTCERT', authority());

  await expect(openCut(address('verify-full', host), { signal: never })).rejects.toMatchObject({
    code: 'database-unreachable',
    message: expect.stringMatching(/certificate/),
  });
});

it('does not let pg_dump accept what the driver refuses', async () => {
  const cut = await openCut(address('require'), { signal: never });
  try {
    const archive = dumpArchive(address('verify-full'), cut, { signal: never })[Symbol.asyncIterator]();
    await expect(archive.next()).rejects.toMatchObject({
      code: 'dump-failed',
      message: expect.stringMatching(/certificate/),
    });
  } finally {
    await cut.close();
  }
});
