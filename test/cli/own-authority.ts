import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { request as send } from 'node:http';
import { createServer } from 'node:https';
import type { Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ensureTools } from '../harness/ensure-tools.js';

/** What a service behind it is called, besides 127.0.0.1. */
export const NAME = 'snapback.internal';

const run = promisify(execFile);

/** A company's own certificate authority, and a proxy with a certificate of it that stands before a service. */
export class OwnAuthority {
  private constructor(
    private readonly directory: string,
    private readonly server: Server,
  ) {}

  /** In front of what answers at that URL. */
  static async before(service: string): Promise<OwnAuthority> {
    ensureTools('openssl');
    const directory = await mkdtemp(join(tmpdir(), 'snapback-test-authority-'));
    const openssl = (line: string, ...more: string[]) =>
      run('openssl', [...line.split(' '), ...more], { cwd: directory });
    const key = '-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes';
    await openssl(`req -x509 ${key} -keyout ca.key -out ca.pem -days 2`, '-subj', '/CN=Our own authority');
    const names = `subjectAltName=DNS:${NAME},IP:127.0.0.1`;
    await openssl(`req ${key} -keyout own.key -out own.csr`, '-subj', `/CN=${NAME}`, '-addext', names);
    await openssl(
      'x509 -req -in own.csr -CA ca.pem -CAkey ca.key -CAcreateserial -out own.pem -days 2 -copy_extensions copy',
    );
    const [own, secret] = await Promise.all(['own.pem', 'own.key'].map((name) => readFile(join(directory, name))));
    const server = createServer({ cert: own, key: secret }, (request, response) => {
      const { method, headers, url } = request;
      const onward = send(new URL(url ?? '/', service), { method, headers }, (answer) => {
        response.writeHead(answer.statusCode!, answer.headers);
        answer.pipe(response);
      });
      onward.on('error', () => response.destroy());
      response.on('close', () => onward.destroy());
      request.pipe(onward);
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    return new OwnAuthority(directory, server);
  }

  /** Its certificate, a PEM file. */
  get certificate(): string {
    return join(this.directory, 'ca.pem');
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  get url(): string {
    return `https://127.0.0.1:${this.port}`;
  }

  async close(): Promise<void> {
    this.server.close();
    this.server.closeAllConnections();
    await once(this.server, 'close');
    await rm(this.directory, { recursive: true, force: true });
  }
}
