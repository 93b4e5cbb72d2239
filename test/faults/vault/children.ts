import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { ORDERS, type Announcement, type Orders } from './announcements.js';

const here = (path: string): string => join(import.meta.dirname, path);

/** A process at work on the vault, and everything it says. */
export class Child {
  private readonly ready: Promise<unknown>;
  private readonly ended: Promise<unknown>;
  /** Something was begun. Also resolves when it ends before that. */
  readonly busy: Promise<unknown>;
  private errors = '';

  /** `directory`: for its temporary files. */
  constructor(
    orders: Orders,
    directory: string,
    private readonly hear: (announcement: Announcement) => void,
  ) {
    const options = [
      '--no-warnings',
      '--experimental-transform-types',
      '--import',
      here('../../harness/typescript-imports.mjs'),
    ];
    const env = {
      PATH: process.env['PATH'],
      TMPDIR: directory,
      // Compiling some hundred files takes most of a child's life otherwise.
      NODE_COMPILE_CACHE: here('../../../node_modules/.cache/snapback-faults'),
      [ORDERS]: JSON.stringify(orders),
    };
    this.process = spawn(process.execPath, [...options, here('child.ts')], { env, stdio: ['pipe', 'pipe', 'pipe'] });
    this.process.stdin!.on('error', () => undefined);
    this.process.stderr!.setEncoding('utf8').on('data', (text: string) => (this.errors += text));
    const lines = createInterface({ input: this.process.stdout! });
    this.ended = Promise.all([once(this.process, 'close'), once(lines, 'close')]);
    let isBusy: (value?: unknown) => void = () => undefined;
    this.busy = Promise.race([this.ended, new Promise((resolve) => (isBusy = resolve))]);
    this.ready = new Promise((resolve) => {
      lines.on('line', (line) => {
        const announcement = parse(line);
        // The last line of a killed process may not be whole: it had not said it then.
        if (announcement === undefined) return;
        if (announcement.say === 'ready') return resolve(undefined);
        this.hear(announcement);
        isBusy();
      });
    });
  }

  private readonly process: ChildProcess;

  /** Lets it begin. Rejects when it cannot. */
  async start(): Promise<void> {
    await Promise.race([this.ready, this.ended]);
    if (this.process.exitCode !== null) throw new Error(`A child could not start. ${this.errors}`);
    this.process.stdin!.write('go\n');
  }

  /** Resolves when it is gone and everything it said was heard. */
  async kill(): Promise<void> {
    this.process.kill('SIGKILL');
    await this.ended;
  }

  /** Waits for its own end; false when it was not by a signal. */
  async wasKilled(): Promise<boolean> {
    await this.ended;
    return this.process.signalCode === 'SIGKILL';
  }

  /** What it wrote to stderr, and how it ended unless it was killed: nothing, when all is well. */
  get complaint(): string {
    const { signalCode, exitCode } = this.process;
    return signalCode === 'SIGKILL' || exitCode === 0
      ? this.errors
      : `A child ended by itself with ${exitCode}. ${this.errors}`;
  }
}

function parse(line: string): Announcement | undefined {
  try {
    return JSON.parse(line) as Announcement;
  } catch {
    return undefined;
  }
}
