import { execFile, spawn } from 'node:child_process';
import { basename } from 'node:path';
import { PassThrough, pipeline, Readable, type Writable } from 'node:stream';
import { programSpan } from './program-span.js';

/** How long a program may take to end by itself before it is killed. */
const TERMINATION_MS = 2_000;
/** Kept of what a program says: its beginning, where the reason is, and its end. */
const KEPT_OUTPUT_CHARACTERS = 8_192;

export interface ChildEnd {
  code: number | null;
  signal: NodeJS.Signals | null;
}

/** A program under way. Its standard streams are pipes, but for those that are files. */
export interface Child {
  readonly pid: number;
  /** Takes nothing where standard input is a file. */
  readonly stdin: Writable;
  /** Has nothing where standard output is a file. */
  readonly stdout: Readable;
  /** Resolves once the program has ended and its streams are closed; never rejects. */
  readonly ended: Promise<ChildEnd>;
  /** What it has written to standard error, bounded. */
  stderr(): string;
  /** Ends it, politely first, and resolves when it is gone. Does nothing when it has ended already. */
  kill(): Promise<void>;
}

export interface ChildOptions {
  env: NodeJS.ProcessEnv;
  /** Descriptors of open files, each read or written from where it stands. They may be closed once the program is started. */
  files?: { stdin?: number; stdout?: number };
}

/**
 * Starts a program that does not outlive this process, not even when this process is killed: on Linux
 * the kernel ends it then (`setpriv --pdeathsig`), elsewhere it ends at its closed pipe. Rejects when
 * it cannot be started.
 */
export async function startChild(
  program: string,
  programArguments: readonly string[],
  options: ChildOptions,
): Promise<Child> {
  const [command, ...rest] = [...(await dieWithParent()), program, ...programArguments];
  const { stdin: input = 'pipe', stdout: output = 'pipe' } = options.files ?? {};
  const span = programSpan(basename(program));
  const child = spawn(command!, rest, { env: options.env, stdio: [input, output, 'pipe'] });
  span.endWith(child);
  const ended = new Promise<ChildEnd>((resolve) => child.once('close', (code, signal) => resolve({ code, signal })));
  const stdout = child.stdout ? keeping(child.stdout) : Readable.from([]);
  await new Promise<void>((resolve, reject) => child.once('spawn', resolve).once('error', reject));
  const stdin = child.stdin ?? new PassThrough();
  // A program that ends early breaks the pipe; its exit status tells the reason, not the pipe.
  stdin.on('error', () => undefined);

  const said = new BoundedText(KEPT_OUTPUT_CHARACTERS);
  child.stderr!.setEncoding('utf8').on('data', (text: string) => said.add(text));
  return {
    pid: child.pid!,
    stdin,
    stdout,
    ended,
    stderr: () => said.toString(),
    kill: async () => {
      // Unread output would keep the streams, and so `ended`, waiting.
      stdout.destroy();
      stdin.destroy();
      // SIGTERM lets PostgreSQL's programs cancel their statement on the server.
      child.kill('SIGTERM');
      const timer = setTimeout(() => child.kill('SIGKILL'), TERMINATION_MS);
      await ended;
      clearTimeout(timer);
    },
  };
}

/** Node throws away what a program has said that ends before anybody listens; so somebody does from the start. */
function keeping(stdout: Readable): Readable {
  const kept = new PassThrough();
  // It ends, or fails, as the one does.
  pipeline(stdout, kept, () => undefined);
  return kept;
}

let prefix: Promise<readonly string[]> | undefined;

/** What to put before a command so that the kernel ends it with this process; nothing where that is impossible. */
export function dieWithParent(): Promise<readonly string[]> {
  prefix ??= new Promise((resolve) => {
    if (process.platform !== 'linux') return resolve([]);
    // Tried rather than looked for: some systems have a setpriv without this option.
    const command = ['setpriv', '--pdeathsig', 'KILL'] as const;
    execFile(command[0], [...command.slice(1), 'true'], (error) => resolve(error ? [] : command));
  });
  return prefix;
}

class BoundedText {
  private head = '';
  private tail = '';

  constructor(private readonly limit: number) {}

  add(text: string): void {
    const room = this.limit / 2 - this.head.length;
    if (room > 0) this.head += text.slice(0, room);
    this.tail = (this.tail + text.slice(Math.max(room, 0))).slice(-this.limit / 2);
  }

  toString(): string {
    return this.head + this.tail;
  }
}
