import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { Readable } from 'node:stream';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { RetryingBackend } from '../../src/vault/backend/wrappers/retrying-backend.js';
import { S3Backend } from '../../src/vault/backend/s3/s3-backend.js';
import { sourceOf } from '../../src/vault/backend/object-source.js';
import type { ServerFault } from '../harness/s3/server-faults.js';
import { S3Server } from '../harness/s3-server.js';
import { bytesOf, collect, inPieces, noise } from './content.js';
import { optionsFor } from './subjects.js';

const MiB = 1024 * 1024;

const slowDown: ServerFault = { kind: 'status', status: 503, code: 'SlowDown' };

describe('a bucket as a backend', () => {
  let server: S3Server;
  let backend: S3Backend;
  let retrying: RetryingBackend;
  /** For what never comes: the others wait long, so that a busy machine is not mistaken for it. */
  let impatient: S3Backend;
  let keys = 0;
  let key: string;
  const content = noise('content', 100_000);
  const large = noise('large', 11 * MiB);

  beforeAll(async () => {
    server = await S3Server.start();
    backend = new S3Backend(optionsFor(server));
    retrying = new RetryingBackend(backend, { baseDelayMs: 1 });
    impatient = new S3Backend({ ...optionsFor(server), idleTimeoutMs: 400 });
  });

  beforeEach(() => {
    key = `object/${(keys += 1)}`;
    server.requests.length = 0;
  });

  afterEach(() => server.faults.clear());

  afterAll(async () => {
    backend.close();
    impatient.close();
    await server.stop();
  });

  const requestsWith = (text: string) => server.requests.filter((request) => request.includes(text));

  it('keeps all keys below its prefix', async () => {
    await backend.put(key, sourceOf(content));
    expect(server.store.has(`some/prefix/${key}`)).toBe(true);
    const others = new S3Backend({ ...optionsFor(server), prefix: '/some/' });
    expect((await collect(others.list('prefix/'))).map((each) => each.key)).toContain(`prefix/${key}`);
    const none = new S3Backend({ ...optionsFor(server), prefix: 'some/pre' });
    expect(await collect(none.list(''))).toEqual([]);
  });

  it.each<[string, ServerFault]>([
    ['503 SlowDown', slowDown],
    ['500', { kind: 'status', status: 500, code: 'InternalError' }],
    ['a conflict of two writers', { kind: 'status', status: 409, code: 'ConditionalRequestConflict' }],
    ['a dropped connection', { kind: 'drop' }],
    ['a lost answer', { kind: 'drop-answer' }],
  ])('calls %s unavailable, and every operation survives it when retried', async (_, fault) => {
    const meets = async (work: () => Promise<unknown>) => {
      server.faults.clear();
      server.faults.add({ fault });
      await work();
      expect(server.faults.met).toBe(1);
    };
    const unavailable = { code: 'unavailable' };
    await meets(() => expect(backend.put(key, sourceOf(content))).rejects.toMatchObject(unavailable));
    await meets(() => retrying.put(key, sourceOf(content)));
    await meets(() => expect(backend.read(key)).rejects.toMatchObject(unavailable));
    await meets(async () => expect((await retrying.read(key)).equals(content)).toBe(true));
    await meets(async () => expect((await bytesOf(retrying.stream(key))).equals(content)).toBe(true));
    await meets(() => expect(backend.stat(key)).rejects.toMatchObject(unavailable));
    await meets(async () => expect(await retrying.stat(key)).toMatchObject({ bytes: content.length }));
    await meets(() => expect(collect(backend.list(key))).rejects.toMatchObject(unavailable));
    await meets(async () => expect(await collect(retrying.list(key))).toHaveLength(1));
    await meets(() => retrying.replace(key, content.subarray(1)));
    await meets(() => retrying.delete([key]));
    expect(await backend.stat(key)).toBeNull();
  });

  it.each<[ServerFault['kind'], string]>([
    ['cut-body', 'unavailable'],
    ['short-body', 'truncated'],
  ])('never returns the half of a body that was sent (%s)', async (kind, code) => {
    const fault = { kind } as ServerFault;
    await backend.put(key, sourceOf(content));
    const range = { offset: 10, bytes: 90_000 };
    server.faults.add({ fault, method: 'GET' });
    await expect(backend.read(key, range)).rejects.toMatchObject({ code });
    server.faults.add({ fault, method: 'GET' });
    expect((await retrying.read(key, range)).equals(content.subarray(10, 90_010))).toBe(true);
  });

  it('does not wait for ever for a server that says nothing, or stops in the middle', async () => {
    await backend.put(key, sourceOf(content));
    const unavailable = { code: 'unavailable' };
    for (const kind of ['silent', 'stall-body'] as const) {
      server.faults.add({ fault: { kind }, method: 'GET', times: 3 });
      await expect(impatient.read(key)).rejects.toMatchObject(unavailable);
      await expect(bytesOf(impatient.stream(key))).rejects.toMatchObject(unavailable);
      await expect(collect(impatient.list(key))).rejects.toMatchObject(unavailable);
    }
    server.faults.add({ fault: { kind: 'silent' }, method: 'PUT' });
    await expect(impatient.put(`${key}-new`, sourceOf(content))).rejects.toMatchObject(unavailable);
  });

  it('goes on with a stream where it broke off', async () => {
    await backend.put(key, sourceOf(large));
    server.faults.add({ fault: { kind: 'cut-body' }, method: 'GET', times: 2 });
    expect((await bytesOf(retrying.stream(key))).equals(large)).toBe(true);
    expect(requestsWith('GET')).toHaveLength(3);
  });

  it('sends a part again that failed, and only that one', async () => {
    server.faults.add({ fault: slowDown, url: 'partNumber=2' });
    server.faults.add({ fault: { kind: 'drop-answer' }, url: 'partNumber=3' });
    await backend.put(key, inPieces(large));
    expect(requestsWith('partNumber=')).toHaveLength(5);
    expect((await backend.read(key)).equals(large)).toBe(true);
  });

  it('aborts an upload whose parts keep failing', async () => {
    server.faults.add({ fault: slowDown, url: 'partNumber=2', times: Infinity });
    await expect(backend.put(key, inPieces(large))).rejects.toMatchObject({ code: 'unavailable' });
    expect(server.store.uploads.size).toBe(0);
    expect(await backend.stat(key)).toBeNull();
  });

  it('repeats an upload whose last answer was lost without storing it twice', async () => {
    server.faults.add({ fault: { kind: 'drop-answer' }, method: 'POST', url: 'uploadId=' });
    await retrying.put(key, inPieces(large));
    expect(server.store.uploads.size).toBe(0);
    expect((await backend.read(key)).equals(large)).toBe(true);
  });

  it('removes the uploads of writers that died', async () => {
    server.store.beginUpload(`some/prefix/${key}`);
    expect(await backend.removeUnfinished(new Date(Date.now() - 60_000), () => true)).toBe(0);
    server.store.beginUpload('somebody/elses');
    const soon = new Date(Date.now() + 60_000);
    expect(await backend.removeUnfinished(soon, () => false)).toBe(0);
    expect(await backend.removeUnfinished(soon, (each) => each === key)).toBe(1);
    expect([...server.store.uploads.values()].map((upload) => upload.key)).toEqual(['somebody/elses']);
    server.store.uploads.clear();
  });

  it('looks at what became of each key of a deletion', async () => {
    await backend.put('undeletable', sourceOf(content));
    await expect(backend.delete(['a', 'undeletable', 'b'])).rejects.toMatchObject({ code: 'denied' });
  });

  it('tells a bucket that is not there from one that is empty', async () => {
    const nowhere = new S3Backend({ ...optionsFor(server), bucket: 'nowhere' });
    const gone = { code: 'denied', message: expect.stringContaining('does not exist') };
    await expect(nowhere.stat(key)).rejects.toMatchObject(gone);
    await expect(nowhere.read(key)).rejects.toMatchObject(gone);
    await expect(collect(nowhere.list(''))).rejects.toMatchObject(gone);
    await expect(nowhere.put(key, sourceOf(content))).rejects.toMatchObject(gone);
    await expect(nowhere.put(key, inPieces(large))).rejects.toMatchObject(gone);
  });

  it('says what to do about wrong credentials, without telling them', async () => {
    const credentials = { ...server.credentials, secretAccessKey: 'a-wrong-secret' };
    const stranger = new S3Backend({ ...optionsFor(server), credentials });
    const error = await stranger.read(key).catch((error: unknown) => error);
    expect(error).toMatchObject({ code: 'denied', message: expect.stringContaining('Check the secret key') });
    const told = JSON.stringify(error, Object.getOwnPropertyNames(error)) + String((error as Error).cause);
    expect(told).not.toMatch(/a-wrong-secret|AKIATEST|Signature=/);
    await expect(stranger.stat(key)).rejects.toMatchObject({ code: 'denied' });
  });

  it('calls a server nobody answers for unavailable', async () => {
    const lonely = new S3Backend({ ...optionsFor(server), endpoint: 'http://127.0.0.1:1' });
    await expect(lonely.read(key)).rejects.toMatchObject({ code: 'unavailable' });
  });

  describe('the test server', () => {
    it('takes frames with a checksum behind them off a streamed body, and refuses one that was changed', async () => {
      const { endpoint, bucket, credentials } = server;
      const client = new S3Client({ endpoint, credentials, region: 'us-east-1', forcePathStyle: true, maxAttempts: 1 });
      const put = (Key: string) =>
        client.send(
          new PutObjectCommand({ Bucket: bucket, Key, Body: Readable.from([content]), ContentLength: content.length }),
        );
      await put('framed');
      expect(server.store.get('framed').bytes).toBe(content.length);
      const changed = { Bucket: bucket, Key: 'changed', Body: content, ContentMD5: 'AAAAAAAAAAAAAAAAAAAAAA==' };
      await expect(client.send(new PutObjectCommand(changed))).rejects.toThrow('BadDigest');
      expect(server.store.has('changed')).toBe(false);
    });
  });
});
