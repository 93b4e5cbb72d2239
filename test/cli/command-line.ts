import { spawn } from 'node:child_process';
import type { ChildProcess, StdioOptions } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';

/** What `npm run build` makes of cli/. */
export const PROGRAM = join(import.meta.dirname, '..', '..', 'dist', 'cli', 'snapback.mjs');

export interface Ran {
  code: number | null;
  out: string;
  err: string;
}

export interface RunOptions {
  env?: NodeJS.ProcessEnv;
  /** What is piped in; nothing unless told. */
  input?: string;
}

export interface TerminalOptions {
  env?: NodeJS.ProcessEnv;
  columns?: number;
  rows?: number;
}

/** The built program, run by somebody with a home directory of their own and nothing in it. Each run is a process of its own. */
export class CommandLine {
  private readonly running = new Set<() => void>();

  private constructor(
    readonly home: string,
    private readonly env: NodeJS.ProcessEnv,
  ) {}

  static async open(env: NodeJS.ProcessEnv = {}): Promise<CommandLine> {
    if (!existsSync(PROGRAM)) throw new Error(`There is no ${PROGRAM}; make it with "npm run build".`);
    const home = await mkdtemp(join(tmpdir(), 'snapback-test-home-'));
    return new CommandLine(home, {
      PATH: process.env['PATH'],
      HOME: home,
      LANG: 'C.UTF-8',
      TERM: 'xterm-256color',
      ...env,
    });
  }

  /** Where its profiles are kept. */
  get profiles(): string {
    return join(this.home, '.config', 'snapback', 'profiles.json');
  }

  /** Without a terminal, as in a pipeline. */
  async run(args: readonly string[], { env = {}, input = '' }: RunOptions = {}): Promise<Ran> {
    const child = this.start(args, env);
    child.stdin!.on('error', () => undefined).end(input);
    return ended(child);
  }

  /** The same, for who does something to the process meanwhile. */
  start(args: readonly string[], env: NodeJS.ProcessEnv = {}, stdio: StdioOptions = 'pipe'): ChildProcess {
    const child = spawn(process.execPath, [PROGRAM, ...args], { env: { ...this.env, ...env }, stdio });
    this.endWithUs(child, () => child.kill('SIGKILL'));
    return child;
  }

  /** At a terminal, where somebody types. */
  terminal(args: readonly string[], { env = {}, columns = 100, rows = 30 }: TerminalOptions = {}): TerminalSession {
    const command = [process.execPath, PROGRAM, ...args].map(quoted).join(' ');
    const child = spawn('script', ['-qefc', `stty cols ${columns} rows ${rows}; exec ${command}`, '/dev/null'], {
      env: { ...this.env, ...env },
      stdio: 'pipe',
      // It is two processes, and both of them are the terminal.
      detached: true,
    });
    const session = new TerminalSession(child);
    this.endWithUs(child, () => session.close());
    return session;
  }

  /** The home directory, and whatever still runs: a test that has failed may not have waited for it. */
  async remove(): Promise<void> {
    for (const end of this.running) end();
    await rm(this.home, { recursive: true, force: true });
  }

  private endWithUs(child: ChildProcess, end: () => void): void {
    this.running.add(end);
    child.once('close', () => this.running.delete(end));
  }
}

/** A program at a pseudo-terminal (that of util-linux' `script`), as somebody who sits before it has it. */
export class TerminalSession {
  /** All that was written to the terminal, as it came. */
  raw = '';
  readonly ended: Promise<number | null>;
  private isOver = false;

  constructor(private readonly child: ChildProcess) {
    child.stdout!.on('data', (bytes: Buffer) => (this.raw += bytes.toString()));
    child.stdin!.on('error', () => undefined);
    this.ended = new Promise((resolve) =>
      child.once('close', (code) => {
        this.isOver = true;
        resolve(code);
      }),
    );
  }

  /** What was written, without what moves the cursor and colours. Lines that were written over are in it. */
  get text(): string {
    return stripVTControlCharacters(this.raw).replaceAll('\r', '');
  }

  type(keys: string): void {
    this.child.stdin!.write(keys);
  }

  /** When that stands there. Throws with what stands there instead when it does not come, or the program has ended without it. */
  async until(pattern: RegExp, withinMs = 20_000): Promise<void> {
    for (const begun = Date.now(); !pattern.test(this.text);) {
      if (this.isOver || Date.now() - begun > withinMs) {
        throw new Error(`${pattern} does not stand there, but:\n${this.text}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  /** Its terminal is closed, whatever it does: the program hears SIGHUP, and nobody reads what it writes. */
  close(): void {
    if (!this.isOver) process.kill(-this.child.pid!, 'SIGKILL');
  }
}

export const KEYS = { enter: '\r', ctrlC: '\x03', down: '\x1b[B', up: '\x1b[A' } as const;

export async function ended(child: ChildProcess): Promise<Ran> {
  const ran: Ran = { code: null, out: '', err: '' };
  child.stdout?.on('data', (bytes: Buffer) => (ran.out += bytes.toString()));
  child.stderr?.on('data', (bytes: Buffer) => (ran.err += bytes.toString()));
  ran.code = await new Promise((resolve) => child.once('close', resolve));
  return ran;
}

function quoted(word: string): string {
  return `'${word.replaceAll("'", String.raw`'\''`)}'`;
}
