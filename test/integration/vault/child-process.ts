import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

export interface Child {
  /** Resolves when the child has written the line, rejects when it ends without. */
  said(line: string): Promise<void>;
  /** `kill -9`, and waits until it is dead. */
  kill(): Promise<void>;
  /** Waits for the end; rejects unless the exit status is 0. Returns what it wrote to standard output. */
  finished(): Promise<string>;
}

/** Starts one of the scripts in `children/` under plain Node. */
export function startChild(script: string, args: string[], nodeOptions: string[] = []): Child {
  const here = (path: string) => fileURLToPath(new URL(`./children/${path}`, import.meta.url));
  const child = spawn(
    process.execPath,
    [
      '--no-warnings',
      '--experimental-transform-types',
      '--import',
      fileURLToPath(new URL('../../harness/typescript-imports.mjs', import.meta.url)),
      ...nodeOptions,
      here(script),
      ...args,
    ],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  );
  let output = '';
  let errors = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (errors += text));
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (status) => resolve(status));
  });

  return {
    said: (line) =>
      new Promise((resolve, reject) => {
        const look = () => output.includes(`${line}\n`) && resolve();
        child.stdout.on('data', look);
        look();
        ended.then(() => reject(new Error(`The child ended without saying "${line}": ${errors}`)), reject);
      }),
    kill: async () => {
      child.kill('SIGKILL');
      await ended;
    },
    finished: async () => {
      const status = await ended;
      if (status !== 0) throw new Error(`The child ended with ${status}: ${errors}`);
      return output;
    },
  };
}
