import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Load } from '../list/load.js';
import { ownSeconds } from '../machine/processor-time.js';
import type { Server } from '../machine/start-server.js';
import type { LoadReport, LoadRequest } from './client-process.js';

/** What requests came to, and what they cost the server's process alone. */
export interface Cost extends Load {
  processorMs: number;
}

/** Something to be asked for, of a server. */
export interface Asked {
  server: Server;
  path: string;
  headers: Record<string, string>;
}

/** A client in a process of its own. */
export class Client {
  private constructor(private readonly child: ChildProcess) {}

  static start(): Client {
    return new Client(fork(fileURLToPath(new URL('./client-process.js', import.meta.url))));
  }

  /** Rejects at the first answer that is not 200. */
  async ask({ server, path, headers }: Asked, options: { connections: number; seconds: number }): Promise<Cost> {
    const before = await ownSeconds(server.pid);
    this.child.send({ url: `${server.url}/api/v1${path}`, headers, ...options } satisfies LoadRequest);
    const [report] = (await once(this.child, 'message')) as [LoadReport];
    if ('error' in report) throw new Error(report.error);
    const spent = (await ownSeconds(server.pid)) - before;
    return { ...report.load, processorMs: (spent * 1000) / (report.load.requestsPerSecond * options.seconds) };
  }

  stop(): void {
    this.child.kill();
  }
}
