import type { ChildProcess } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Image } from './build-image.js';
import { runInRoot, startInRoot, type Bind, type InRoot } from './in-root.js';

/** What containers of one image have in common: as an engine would be told with `-e`, `-v` and `--read-only`. */
export interface Setting {
  image: Image;
  env: Readonly<Record<string, string>>;
  volumes: readonly Bind[];
}

function inside({ image, env, volumes }: Setting, argv: readonly string[], more: Record<string, string>): InRoot {
  const given = { ...image.env, ...env, ...more };
  const { root, user, cwd } = image;
  return { root, user, cwd, argv, env: given, binds: volumes, writable: image.volumes, confined: true };
}

/** A program in a container of its own, to its end. */
export function runOnce(setting: Setting, argv: readonly string[], env: Record<string, string> = {}) {
  return runInRoot(inside(setting, argv, env));
}

/** The image's own command, as process 1 of a container. */
export class Container {
  private said = '';
  private readonly ended: Promise<number | string>;

  private constructor(
    private readonly setting: Setting,
    private readonly env: Record<string, string>,
    private readonly child: ChildProcess,
  ) {
    for (const stream of [child.stdout!, child.stderr!])
      stream.setEncoding('utf8').on('data', (text: string) => (this.said += text));
    this.ended = new Promise((resolve) => child.once('close', (code, signal) => resolve(code ?? signal ?? '?')));
  }

  static async start(setting: Setting, env: Record<string, string>): Promise<Container> {
    return new Container(setting, env, await startInRoot(inside(setting, setting.image.command, env)));
  }

  /** The end of what it said. */
  get words(): string {
    return this.said.slice(-4_000);
  }

  /** What stands in its log, in the first group of a pattern. Rejects when it has not been said in time, or it has ended. */
  async hasSaid(pattern: RegExp, seconds = 90): Promise<string> {
    for (const deadline = Date.now() + seconds * 1000; Date.now() < deadline; await sleep(50)) {
      const [, found] = pattern.exec(this.said) ?? [];
      if (found !== undefined) return found;
      if (this.child.exitCode !== null) break;
    }
    throw new Error(`It has not said ${pattern.source}:\n${this.words}`);
  }

  /** The image's health check, as often as an engine would. Resolves when it passes. */
  async isHealthy(seconds = 60): Promise<void> {
    let last = { code: -1, said: '' };
    for (const deadline = Date.now() + seconds * 1000; Date.now() < deadline; await sleep(500)) {
      last = await runOnce(this.setting, this.setting.image.healthCheck, this.env);
      if (last.code === 0) return;
    }
    throw new Error(`The health check ends with ${last.code}: ${last.said}\n${this.words}`);
  }

  /** SIGTERM for process 1, as `docker stop` does it; its exit status. */
  async stop(): Promise<number | string> {
    const { pid } = this.child;
    const [first] = (await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8')).trim().split(' ');
    process.kill(Number(first), 'SIGTERM');
    return this.ended;
  }
}
