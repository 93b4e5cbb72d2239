import { S3Client, CreateBucketCommand, ListObjectVersionsCommand } from '@aws-sdk/client-s3';
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { S3Backend } from '../../src/vault/backend/s3/s3-backend.js';
import { versitygw } from '../deploy/tools.js';
import { freePort } from '../harness/free-port.js';
import { describeLocking } from './locking-promises.js';
import { describePromises } from './promises.js';
import type { LockingSubject } from './subject.js';
import { PART_BYTES } from './subjects.js';

const START_MS = 20_000;

/** A real server that knows Object Lock, built once by Go, and a bucket that has it. */
async function realLockingSubject(mode: 'governance' | 'compliance'): Promise<LockingSubject & { plain: S3Backend }> {
  const program = await versitygw();
  const directory = await mkdtemp(join(tmpdir(), 'snapback-versitygw-'));
  for (const name of ['data', 'versions']) await mkdir(join(directory, name));
  const port = await freePort();
  const credentials = {
    accessKeyId: randomBytes(8).toString('hex'),
    secretAccessKey: randomBytes(20).toString('hex'),
  };
  const listen = ['--port', `127.0.0.1:${port}`, '--keep-alive', '--quiet'];
  const server = spawn(
    program,
    [...listen, 'posix', '--versioning-dir', join(directory, 'versions'), join(directory, 'data')],
    {
      env: { ...process.env, ROOT_ACCESS_KEY: credentials.accessKeyId, ROOT_SECRET_KEY: credentials.secretAccessKey },
      stdio: 'ignore',
    },
  );
  await listening(port);
  const endpoint = `http://127.0.0.1:${port}`;
  const client = new S3Client({ endpoint, credentials, region: 'us-east-1', forcePathStyle: true });
  await client.send(new CreateBucketCommand({ Bucket: 'locking', ObjectLockEnabledForBucket: true }));
  await client.send(new CreateBucketCommand({ Bucket: 'plain' }));
  const options = { endpoint, credentials, partBytes: PART_BYTES, lock: { days: 7, mode } };
  const backend = new S3Backend({ ...options, bucket: 'locking' });
  return {
    backend,
    plain: new S3Backend({ ...options, bucket: 'plain' }),
    locks: backend.locks!,
    versionsOf: async (key) => {
      const listed = await client.send(new ListObjectVersionsCommand({ Bucket: 'locking', Prefix: key }));
      return [...(listed.Versions ?? []), ...(listed.DeleteMarkers ?? [])].filter(({ Key }) => Key === key).length;
    },
    close: async () => {
      backend.close();
      client.destroy();
      server.kill('SIGKILL');
      await once(server, 'exit');
      await rm(directory, { recursive: true, force: true });
    },
  };
}

async function listening(port: number): Promise<void> {
  for (const until = Date.now() + START_MS; Date.now() < until; await pause(50)) {
    const socket = connect(port, '127.0.0.1');
    const connected = await once(socket, 'connect').then(
      () => true,
      () => false,
    );
    socket.destroy();
    if (connected) return;
  }
  throw new Error('versitygw does not listen.');
}

describePromises('a real bucket that locks', () => realLockingSubject('governance'), { manyKeys: 1200 });
describeLocking('a real bucket that locks', () => realLockingSubject('governance'));
describeLocking('a real bucket that locks for good', () => realLockingSubject('compliance'));

describe('a real bucket without Object Lock', () => {
  let subject: Awaited<ReturnType<typeof realLockingSubject>>;

  beforeAll(async () => {
    subject = await realLockingSubject('governance');
  });

  afterAll(() => subject.close());

  it('is told apart', async () => {
    await expect(subject.plain.locks?.prove()).rejects.toMatchObject({ code: 'denied', lacks: 'object-lock' });
    subject.plain.close();
  });
});
