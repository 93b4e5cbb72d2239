import { spawn } from 'node:child_process';

/** Until whoever started it is gone, however he went. */
const LOOP = 'const parent = process.ppid; while (process.ppid === parent);';

/** Processes that do nothing, as fast as they can: what else a machine may be doing. Stopped when it is disposed of. */
export class BusyLoops implements Disposable {
  private readonly loops;

  constructor(count: number) {
    this.loops = Array.from({ length: count }, () => spawn(process.execPath, ['-e', LOOP], { stdio: 'ignore' }));
  }

  [Symbol.dispose](): void {
    for (const loop of this.loops) loop.kill('SIGKILL');
  }
}
