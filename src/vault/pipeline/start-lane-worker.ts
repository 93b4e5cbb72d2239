import { Worker } from 'node:worker_threads';
import type { WorkerStart } from './messages.js';

/**
 * Where the source runs as it is, under the test runner or `node --experimental-transform-types`, a thread does not
 * inherit how imports are found: Node strips the types, and this finds `x.ts` where `x.js` is imported.
 */
const FROM_SOURCE = `
  import { registerHooks } from 'node:module';
  registerHooks({
    resolve: (specifier, context, next) =>
      next(context.parentURL?.endsWith('.ts') && specifier.startsWith('.') ? specifier.replace(/\\.js$/, '.ts') : specifier, context),
  });
`;

/** Starts a worker thread with this folder's `lane-worker`, compiled or not, like the file that runs here. */
export function startLaneWorker(start: WorkerStart): Worker {
  const fromSource = import.meta.url.endsWith('.ts');
  return new Worker(new URL(fromSource ? './lane-worker.ts' : './lane-worker.js', import.meta.url), {
    name: 'vault lane',
    workerData: start,
    execArgv: fromSource
      ? [
          '--no-warnings',
          '--experimental-transform-types',
          '--import',
          `data:text/javascript,${encodeURIComponent(FROM_SOURCE)}`,
        ]
      : [],
  });
}
