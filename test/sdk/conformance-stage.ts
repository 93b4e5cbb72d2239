import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { testToken } from '../harness/tokens.js';
import { ConformancePlace } from './conformance-place.js';
import { ConformanceProxy } from './conformance-proxy.js';
import { makeWorld } from './conformance-world.js';
import type { Program } from './programs.js';

/** Everything that the programs of SDKs run against: a service with its world, and the proxy before it. */
export class ConformanceStage {
  private constructor(
    private readonly place: ConformancePlace,
    private readonly proxy: ConformanceProxy,
    /** What a program finds in its environment. */
    readonly variables: Readonly<Record<string, string>>,
  ) {}

  static async start(): Promise<ConformanceStage> {
    const place = await ConformancePlace.start();
    let proxy: ConformanceProxy | undefined;
    try {
      const world = await makeWorld(place);
      proxy = await ConformanceProxy.start(place.port, () => place.restart());
      return new ConformanceStage(place, proxy, {
        SNAPBACK_URL: proxy.url,
        SNAPBACK_TOKEN: testToken(),
        CONFORMANCE_CONTROL: proxy.controlUrl,
        CONFORMANCE_WORLD: JSON.stringify(world),
      });
    } catch (error) {
      await proxy?.close();
      await place.stop();
      throw error;
    }
  }

  /** What the program prints, all of it, once it has ended; `onOutput` while it does. Ends it when `signal` says so. */
  async run(
    { command, directory, environment = {} }: Program,
    { onOutput, signal }: { onOutput?: (text: string) => void; signal?: AbortSignal } = {},
  ): Promise<{ output: string; errors: string; code: number | null }> {
    const [program, ...rest] = command;
    const child = spawn(program!, rest, {
      cwd: directory,
      env: { ...process.env, ...environment, ...this.variables },
      stdio: ['ignore', 'pipe', 'pipe'],
      // Some tools start what they have compiled as a process of its own: all of them are one group, and end together.
      detached: true,
    });
    const end = () => endGroup(child.pid);
    signal?.addEventListener('abort', end);
    process.once('exit', end);
    let output = '';
    let errors = '';
    child.stdout.setEncoding('utf8').on('data', (piece: string) => {
      output += piece;
      onOutput?.(piece);
    });
    child.stderr.setEncoding('utf8').on('data', (piece: string) => (errors += piece));
    try {
      const [code] = (await once(child, 'close')) as [number | null];
      return { output, errors, code };
    } finally {
      end();
      signal?.removeEventListener('abort', end);
      process.off('exit', end);
    }
  }

  async stop(): Promise<void> {
    await this.proxy.close();
    await this.place.stop();
  }
}

function endGroup(leader: number | undefined): void {
  if (leader === undefined) return;
  try {
    process.kill(-leader, 'SIGKILL');
  } catch {
    // It has ended by itself, and so has all that it started.
  }
}
