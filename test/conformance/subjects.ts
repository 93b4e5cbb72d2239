import { randomUUID } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Backend } from '../../src/vault/backend/backend.js';
import { FaultInjectingBackend } from '../faults/vault/fault-injecting-backend.js';
import { FaultScript } from '../faults/vault/planned-faults.js';
import { LocalBackend } from '../../src/vault/backend/local/local-backend.js';
import { RetryingBackend } from '../../src/vault/backend/wrappers/retrying-backend.js';
import { S3Backend } from '../../src/vault/backend/s3/s3-backend.js';
import type { S3BackendOptions } from '../../src/vault/backend/s3/s3-options.js';
import { S3Server } from '../harness/s3-server.js';
import { collect, eachOf } from './content.js';
import type { LockingSubject, Subject } from './subject.js';

/** The smallest S3 allows, so that a few megabytes are several parts. */
export const PART_BYTES = 5 * 1024 * 1024;

export async function localSubject(): Promise<Subject & { directory: string }> {
  const directory = await mkdtemp(join(tmpdir(), 'snapback-backend-'));
  const backend = await LocalBackend.open(join(directory, 'objects'));
  return {
    backend,
    directory,
    close: () => rm(directory, { recursive: true, force: true }),
    seed: async (keys) => {
      for (const key of keys) {
        await mkdir(join(directory, 'objects', dirname(key)), { recursive: true });
        await writeFile(join(directory, 'objects', key), 'x');
      }
    },
  };
}

export function optionsFor(server: S3Server): S3BackendOptions {
  const { endpoint, bucket, credentials } = server;
  return { endpoint, bucket, credentials, partBytes: PART_BYTES, prefix: 'some/prefix' };
}

export async function s3Subject(): Promise<Subject> {
  const server = await S3Server.start();
  const backend = new S3Backend(optionsFor(server));
  return {
    backend,
    close: async () => {
      backend.close();
      await server.stop();
    },
    seed: (keys) => eachOf(keys, (key) => server.store.seed(`some/prefix/${key}`, 'x')),
  };
}

/** A bucket with Object Lock, and so versions. */
export async function lockingSubject(mode: 'governance' | 'compliance' = 'governance'): Promise<LockingSubject> {
  const server = await S3Server.start({ objectLock: true });
  const backend = new S3Backend({ ...optionsFor(server), lock: { days: 7, mode } });
  return {
    backend,
    locks: backend.locks!,
    versionsOf: async (key) => server.store.versionsOf(`some/prefix/${key}`).length,
    close: async () => {
      backend.close();
      await server.stop();
    },
    seed: (keys) => eachOf(keys, (key) => server.store.seed(`some/prefix/${key}`, 'x')),
  };
}

/** A server somebody else has started; what is left of a run in its bucket is removed. Credentials: by the SDK's chain. */
export async function realS3Subject(endpoint: string, bucket: string): Promise<Subject> {
  const prefix = `snapback-conformance-${randomUUID()}`;
  const region = process.env.S3_TEST_REGION ?? 'us-east-1';
  const backend = new S3Backend({ endpoint, bucket, region, prefix, partBytes: PART_BYTES });
  return {
    backend,
    close: async () => {
      await backend.delete((await collect(backend.list(''))).map(({ key }) => key));
      await backend.removeUnfinished(new Date(Date.now() + 60_000), () => true);
      backend.close();
    },
  };
}

/**
 * Every kind of trouble that retrying can get over, again and again. Not 'truncated': three of them in one call are
 * believed, and callers at the same time share the script.
 */
export function troubled(inner: Backend): Backend {
  const faults = new FaultScript(
    { operation: ['put', 'replace', 'delete'], fault: { kind: 'lose-answer' }, nth: 2, every: 5, times: Infinity },
    {
      operation: 'put',
      fault: { kind: 'break-off', after: 1, code: 'unavailable' },
      nth: 4,
      every: 7,
      times: Infinity,
    },
    { operation: 'stream', fault: { kind: 'break-off', after: 1, code: 'unavailable' }, every: 2, times: Infinity },
    { operation: 'list', fault: { kind: 'break-off', after: 333, code: 'unavailable' }, every: 2, times: Infinity },
    { operation: 'read', fault: { kind: 'fail', code: 'unavailable' }, nth: 3, every: 4, times: Infinity },
    { fault: { kind: 'fail', code: 'unavailable' }, nth: 1, every: 6, times: Infinity },
    { fault: { kind: 'time-out', afterMs: 2 }, nth: 5, every: 11, times: Infinity },
  );
  return new RetryingBackend(new FaultInjectingBackend(inner, faults), {
    maxAttempts: 50,
    baseDelayMs: 1,
    maxDelayMs: 4,
  });
}

export async function wrapped(subject: Promise<Subject>, wrap: (inner: Backend) => Backend): Promise<Subject> {
  const inner = await subject;
  return { ...inner, backend: wrap(inner.backend) };
}
