import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { LogWatch } from './log-watch.js';

/** What `npm run build` makes and `npm start` runs. */
const MAIN = join(import.meta.dirname, '..', '..', 'dist', 'src', 'main.js');
const START_TIMEOUT_MS = 90_000;
/** Kept of what a process says, for the error when it does not start and for tests that read it. */
const KEPT_CHARACTERS = 4_000_000;

export interface ServiceProcess {
  pid: number;
  /** Where its API answers; a worker has none and throws. */
  url: string;
  /** What it has said so far, on both streams. */
  log(): string;
  /** What it has logged: one object for each line of JSON. */
  logged(): Record<string, unknown>[];
  /** The programs it runs at this moment, and theirs. */
  children(): Promise<RunningProgram[]>;
  /** Resolves when the process has ended. */
  ended: Promise<ProcessEnd>;
  /** SIGTERM; resolves when it has ended. */
  terminate(): Promise<ProcessEnd>;
  /** SIGKILL; resolves when it is gone. Does nothing when it has ended already. */
  kill(): Promise<ProcessEnd>;
}

export interface ProcessEnd {
  code: number | null;
  signal: NodeJS.Signals | null;
}

export interface RunningProgram {
  pid: number;
  name: string;
}

export interface ServiceProcessOptions {
  /** A program with arguments that runs the command it is given, such as `nice -n 19`. */
  through?: readonly string[];
  /** The main module of another build. */
  main?: string;
}

/**
 * The built service as a process of its own, as an operator runs it; `env` is all it gets besides PATH.
 * Resolves when it is ready. It does not outlive this process.
 */
export async function startServiceProcess(
  env: NodeJS.ProcessEnv,
  options: ServiceProcessOptions = {},
): Promise<ServiceProcess> {
  const main = options.main ?? MAIN;
  if (!existsSync(main)) throw new Error(`There is no ${main}; make it with "npm run build".`);
  const [command, ...rest] = [...endedWithUs(), ...(options.through ?? []), process.execPath, main];
  const child = spawn(command!, rest, {
    env: {
      PATH: process.env['PATH'],
      NODE_COMPILE_CACHE: process.env['NODE_COMPILE_CACHE'],
      PORT: '0',
      ...env,
      LOG_LEVEL: speaking(env['LOG_LEVEL']),
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  let address: string | undefined;
  for (const stream of [child.stdout, child.stderr]) {
    const watch = new LogWatch();
    stream.setEncoding('utf8').on('data', (text: string) => {
      watch.write(text);
      said = (said + text).slice(-KEPT_CHARACTERS);
    });
  }
  const ended = new Promise<ProcessEnd>((resolve) => child.once('exit', (code, signal) => resolve({ code, signal })));
  await new Promise<void>((resolve, reject) => child.once('spawn', resolve).once('error', reject));

  const end = async (signal: NodeJS.Signals): Promise<ProcessEnd> => {
    if (child.exitCode === null && child.signalCode === null) child.kill(signal);
    return ended;
  };
  const service: ServiceProcess = {
    pid: child.pid!,
    get url(): string {
      if (address === undefined) throw new Error('This process has no API.');
      return address;
    },
    log: () => said,
    logged: () => said.split('\n').flatMap(parsed),
    children: () => descendantsOf(child.pid!),
    ended,
    terminate: () => end('SIGTERM'),
    kill: () => end('SIGKILL'),
  };
  try {
    await ready(child, env['ROLE'] === 'worker', () => said);
    // Later it may have said so much that this is no longer kept.
    address = addressIn(said);
    return service;
  } catch (error) {
    await service.kill();
    throw error;
  }
}

/** What it logs is how a worker says that it is ready. */
function speaking(level: string | undefined): string {
  return level === 'trace' || level === 'debug' ? level : 'info';
}

async function ready(child: ChildProcess, isWorker: boolean, said: () => string): Promise<void> {
  const isReady = () => (isWorker ? said().includes('successfully started') : addressIn(said()) !== undefined);
  for (const deadline = Date.now() + START_TIMEOUT_MS; Date.now() < deadline; await sleep(20)) {
    if (isReady()) return;
    if (child.exitCode !== null || child.signalCode !== null) break;
  }
  throw new Error(`The service did not start:\n${said().slice(-4_000)}`);
}

function addressIn(said: string): string | undefined {
  return /^Snapback answers at (\S+),/m.exec(said)?.[1];
}

/** A test run that is killed takes its services with it, and they theirs. */
function endedWithUs(): string[] {
  return process.platform === 'linux' ? ['setpriv', '--pdeathsig', 'KILL'] : [];
}

function parsed(line: string): Record<string, unknown>[] {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null ? [value as Record<string, unknown>] : [];
  } catch {
    return [];
  }
}

/** Every process below this one, whoever started it. Linux only. */
export async function descendantsOf(ancestor: number): Promise<RunningProgram[]> {
  const running: (RunningProgram & { parent: number })[] = [];
  for (const entry of await readdir('/proc')) {
    if (!/^\d+$/.test(entry)) continue;
    const stat = await readFile(`/proc/${entry}/stat`, 'utf8').catch(() => '');
    const [, name, state, parent] = /^\d+ \((.*)\) (\S) (\d+)/s.exec(stat) ?? [];
    if (name !== undefined && state !== 'Z') running.push({ pid: Number(entry), name, parent: Number(parent) });
  }
  const below = new Set([ancestor]);
  // Parents have no smaller numbers than their children for certain, so look until nothing is added.
  for (let size = 0; size !== below.size;) {
    size = below.size;
    for (const { pid, parent } of running) if (below.has(parent)) below.add(pid);
  }
  return running.filter(({ pid }) => pid !== ancestor && below.has(pid)).map(({ pid, name }) => ({ pid, name }));
}
