import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { send, xmlAnswer } from './s3/answer.js';
import { ObjectStore } from './s3/object-store.js';
import { operate } from './s3/operations.js';
import { S3Failure } from './s3/s3-failure.js';
import { ServerFaults } from './s3/server-faults.js';
import { refuseByHabit, type ServerHabits } from './s3/server-habits.js';
import { checkSignature, type S3Credentials } from './s3/signature.js';
import { madeUpSecret } from './secret-mark.js';

/**
 * A small S3 server over HTTP, with one bucket and path-style URLs. It checks signatures, lengths and
 * checksums, keeps objects on disk, and fails on demand. It knows what our backend asks, and nothing else of S3:
 * `npm run test:s3-real` compares it with a real one, and `real-locks.long.test.ts` what it knows of versions and locks.
 */
export class S3Server {
  readonly bucket = 'snapback-test';
  readonly faults = new ServerFaults();
  /** Those of a sound server, unless told. */
  habits: ServerHabits = {};
  /** Method and URL of each request since the last `requests.length = 0`. */
  readonly requests: string[] = [];

  private constructor(
    private readonly server: Server,
    private readonly directory: string,
    readonly store: ObjectStore,
    readonly credentials: S3Credentials,
  ) {
    server.on('request', (request, response) => void this.answer(request, response));
  }

  /** `objectLock`: the bucket has it, and so versions. */
  static async start({ objectLock = false } = {}): Promise<S3Server> {
    const directory = await mkdtemp(join(tmpdir(), 'snapback-s3-'));
    const server = createServer({ keepAliveTimeout: 60_000 }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const credentials = { accessKeyId: 'AKIATEST', secretAccessKey: madeUpSecret() };
    return new S3Server(server, directory, new ObjectStore(directory, objectLock), credentials);
  }

  get endpoint(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    this.server.close();
    this.server.closeAllConnections();
    await once(this.server, 'close');
    await rm(this.directory, { recursive: true, force: true });
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const fault = this.faults.next(request);
    this.requests.push(`${request.method} ${request.url}`);
    response.on('error', () => undefined);
    try {
      if (fault?.kind === 'silent') return;
      if (fault?.kind === 'drop') return void request.socket.destroy();
      if (fault?.kind === 'slow') await pause(fault.ms);
      if (fault?.kind === 'status') throw new S3Failure(fault.code, fault.status);
      checkSignature(request, this.credentials);
      refuseByHabit(this.habits, request);
      const answer = await operate({ request, store: this.store, habits: this.habits, ...this.target(request) });
      try {
        if (fault?.kind === 'drop-answer') return void request.socket.destroy();
        if (request.method === 'HEAD') {
          response.writeHead(answer.status, { ...answer.headers, 'content-length': answer.bytes ?? 0 }).end();
          return;
        }
        await send(response, answer, fault);
      } finally {
        await answer.close?.();
      }
    } catch (error) {
      await this.refuse(request, response, error);
    }
  }

  private target({ url = '' }: IncomingMessage): { key: string; query: URLSearchParams } {
    const { pathname, searchParams } = new URL(url, 'http://server');
    const [, bucket = '', ...rest] = pathname.split('/').map(decodeURIComponent);
    if (bucket !== this.bucket) throw new S3Failure('NoSuchBucket', 404);
    return { key: rest.join('/'), query: searchParams };
  }

  private async refuse(request: IncomingMessage, response: ServerResponse, error: unknown): Promise<void> {
    // A client that hung up hears nothing more.
    if (response.headersSent || (request.destroyed && !request.complete)) return void response.destroy();
    const failure = error instanceof S3Failure ? error : new S3Failure('InternalError', 500, String(error));
    // Read to its end, so that the connection can be used again.
    request.resume();
    const body = { Code: failure.code, Message: failure.message, Header: failure.header };
    if (request.method === 'HEAD') response.writeHead(failure.status).end();
    else await send(response, xmlAnswer('Error', body, failure.status), undefined);
  }
}
