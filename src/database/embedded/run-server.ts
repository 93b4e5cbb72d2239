import { spawn, type StdioOptions } from 'node:child_process';
import { open } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { EmbeddedPostgresError } from './embedded-postgres-error.js';
import { endServer } from './end-server.js';
import { freePort } from './port.js';
import { launchCommand } from './launch-command.js';
import { readPostmasterFile } from './postmaster-file.js';
import { ServerLog } from './server-log.js';
import type { ServerUser } from './server-user.js';

/** A server that was killed first recovers, in proportion to what had been written. */
const START_TIMEOUT_MS = 300_000;
const READY_POLL_MS = 20;
const RETRY_PAUSE_MS = 250;
const RETRIES = 40;

export const HOST = '127.0.0.1';

export interface ServerOptions {
  /** The program `postgres`, of the cluster's major version. */
  postgres: string;
  cluster: string;
  logFile: string;
  /** Any free one when left out. */
  port: number | undefined;
  /** Tried first when no port is given. */
  preferredPort: number | undefined;
  user: ServerUser | undefined;
  log: (message: string) => void;
}

export interface RunningServer {
  pid: number;
  port: number;
  /** Resolves when the server has shut down in order; calling it again is no error. */
  stop(): Promise<void>;
}

/** Starts the server and resolves when it takes connections. Rejects with `start-failed`. */
export async function runServer(options: ServerOptions): Promise<RunningServer> {
  for (let attempt = 1; ; attempt += 1) {
    const port = options.port ?? (await freePort(attempt === 1 ? options.preferredPort : 0));
    const serverLog = await ServerLog.open(options.logFile);
    const server = await launch(options, port);
    if (await becomesReady(server, options.cluster)) return runningServer(server, port, options.log);

    const words = await serverLog.sinceStart();
    if (attempt <= RETRIES && passes(words, options.port)) {
      await sleep(RETRY_PAUSE_MS);
      continue;
    }
    const reason = /(?:FATAL|PANIC): {2}(.*)/.exec(words)?.[1] ?? words.trim().split('\n').at(-1);
    throw new EmbeddedPostgresError(
      'start-failed',
      `The embedded PostgreSQL did not start on port ${port}: ${reason || server.end}. Its log is ${options.logFile}.`,
    );
  }
}

interface LaunchedServer {
  pid: number;
  /** How it ended; `undefined` while it lives. */
  end?: string;
  onEnd?: () => void;
}

async function launch(options: ServerOptions, port: number): Promise<LaunchedServer> {
  // No socket file: the path of one is limited to about 100 bytes, and the password guards the port.
  const settings = [`listen_addresses=${HOST}`, `port=${port}`, 'unix_socket_directories=', 'logging_collector=off'];
  const args = ['-D', options.cluster, ...settings.flatMap((setting) => ['-c', setting])];
  const start = await launchCommand(options.postgres, args, options.user, 'INT');
  const file = await open(options.logFile, 'a', 0o600);
  try {
    // A session of its own: Ctrl-C in the terminal is for us, who still need the database to finish.
    const stdio: StdioOptions = ['ignore', file.fd, file.fd];
    const child = spawn(start.command, start.args, { ...start.options, stdio, detached: true });
    child.unref();
    const server: LaunchedServer = { pid: child.pid ?? 0 };
    const ended = (how: string) => {
      server.end ??= how;
      server.onEnd?.();
    };
    child.once('error', (error) => ended(error.message));
    child.once('exit', (code, signal) => ended(`it ended with ${signal ?? `code ${code}`}`));
    return server;
  } finally {
    await file.close();
  }
}

async function becomesReady(server: LaunchedServer, cluster: string): Promise<boolean> {
  const deadline = performance.now() + START_TIMEOUT_MS;
  while (server.end === undefined) {
    const file = await readPostmasterFile(cluster);
    if (file?.ready && file.pid === server.pid) return true;
    if (performance.now() > deadline) {
      await endServer(server.pid, async () => server.end !== undefined);
      server.end = `it was not ready after ${START_TIMEOUT_MS / 1000} seconds`;
    }
    await sleep(READY_POLL_MS);
  }
  return false;
}

/** Whether trying again helps: somebody took the free port, or the sessions of a killed server are still ending. */
function passes(words: string, fixedPort: number | undefined): boolean {
  const portTaken = words.includes('could not bind');
  const sessionsEnding = words.includes('is still in use');
  return sessionsEnding || (portTaken && fixedPort === undefined);
}

function runningServer(server: LaunchedServer, port: number, log: (message: string) => void): RunningServer {
  const { pid } = server;
  let stopping: Promise<void> | undefined;
  server.onEnd = () => {
    if (!stopping) log(`The embedded PostgreSQL (process ${pid}) has ended by itself: ${server.end}.`);
  };
  return { pid, port, stop: () => (stopping ??= endServer(pid, async () => server.end !== undefined)) };
}
