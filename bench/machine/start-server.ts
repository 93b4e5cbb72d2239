import { spawn } from 'node:child_process';
import { freePort } from '../../src/database/embedded/port.js';

export interface Server {
  pid: number;
  url: string;
  stop(): Promise<void>;
}

/** Starts a program of this repository that serves at `PORT` and says something once it does. Rejects when it ends before. */
export async function startServer(
  file: string,
  env: Record<string, string>,
  options: readonly string[] = [],
): Promise<Server> {
  const port = await freePort();
  const child = spawn(process.execPath, [...options, file], {
    env: { PATH: process.env.PATH, ...env, PORT: String(port) },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  await new Promise<void>((resolve, reject) => {
    child.stdout.once('data', () => resolve());
    child.once('exit', () => reject(new Error(`${file} did not start.`)));
  });
  return {
    pid: child.pid!,
    url: `http://127.0.0.1:${port}`,
    stop: async () => {
      child.kill('SIGTERM');
      await exited;
    },
  };
}
