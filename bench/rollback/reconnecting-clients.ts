import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { ClientConfig } from 'pg';
import type { ClientsStart, Outage } from './client-process.js';

const PROCESS_FILE = fileURLToPath(new URL('./client-process.js', import.meta.url));
/** For all of them to connect before, and again after. */
const SETTLING_MS = 1500;

/** An application's connections, which know nothing of a rollback. */
export class ReconnectingClients {
  private constructor(private readonly child: ChildProcess) {}

  /** Resolves when they have had time to connect. */
  static async start(connection: ClientConfig, clients: number): Promise<ReconnectingClients> {
    const child = fork(PROCESS_FILE);
    const start: ClientsStart = { connection, clients };
    child.send(start);
    await sleep(SETTLING_MS);
    return new ReconnectingClients(child);
  }

  /** Ends them, when they have had time to come back, and resolves to what they have seen. */
  async stop(): Promise<Outage> {
    await sleep(SETTLING_MS);
    const outage = once(this.child, 'message') as Promise<[Outage]>;
    this.child.send('stop');
    return (await outage)[0];
  }

  kill(): void {
    this.child.kill('SIGKILL');
  }
}
