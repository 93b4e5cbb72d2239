import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { waitUntil } from '../e2e/wait-until.js';

const START_SECONDS = 90;
const KEPT_CHARACTERS = 20_000;

/** A server of somebody else's: its process, and what it has said. It does not outlive this process. */
export class RunningServer {
  said = '';

  private constructor(private readonly process: ChildProcess) {
    for (const stream of [process.stdout!, process.stderr!]) {
      stream.setEncoding('utf8').on('data', (text: string) => (this.said = (this.said + text).slice(-KEPT_CHARACTERS)));
    }
  }

  /** Resolves when `url` answers, whatever it says. */
  static async start(command: readonly string[], url: string, env: NodeJS.ProcessEnv = {}): Promise<RunningServer> {
    const child = spawn('setpriv', ['--pdeathsig', 'TERM', ...command], {
      env: { PATH: process.env['PATH'], ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const server = new RunningServer(child);
    const answers = async () => {
      if (!server.isRunning) throw new Error(`${command[0]} has ended:\n${server.said}`);
      return fetch(url).then(
        () => true,
        () => false,
      );
    };
    await waitUntil(`${url} answers`, answers, { seconds: START_SECONDS, everyMs: 100 }).catch(
      async (error: unknown) => {
        await server.stop();
        throw error;
      },
    );
    return server;
  }

  get pid(): number {
    return this.process.pid!;
  }

  get isRunning(): boolean {
    return this.process.exitCode === null && this.process.signalCode === null;
  }

  async stop(): Promise<void> {
    if (!this.isRunning) return;
    const ended = new Promise((resolve) => this.process.once('exit', resolve));
    this.process.kill('SIGTERM');
    await ended;
  }
}
