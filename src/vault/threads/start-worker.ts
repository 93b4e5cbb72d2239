import { Worker } from 'node:worker_threads';

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

/**
 * What a thread may fill with short-lived objects before they are collected. These threads move bytes outside of the
 * heap; left to itself each would grow to 48 MB of garbage.
 */
const YOUNG_GENERATION_MB = 4;

/** Starts a thread with a file `<name>.js` beside the module at `from`; with `<name>.ts` where that is not compiled. */
export function startWorker(name: string, from: string): Worker {
  const fromSource = from.endsWith('.ts');
  return new Worker(new URL(`./${name}.${fromSource ? 'ts' : 'js'}`, from), {
    name,
    resourceLimits: { maxYoungGenerationSizeMb: YOUNG_GENERATION_MB },
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
