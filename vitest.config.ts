import { join } from 'node:path';
import { defineConfig } from 'vitest/config';
import { filesLeftOut } from './test/harness/drawn-files.js';
import { LongFirst } from './test/harness/long-first.js';
import { THOROUGH } from './test/harness/thorough.js';

// What threads and processes of the tests run from source is stripped of its types once, and not by each of them: a capture starts
// five threads, at 0.2 s of a processor each without this. Those who run the tests inherit it.
process.env['NODE_COMPILE_CACHE'] ??= join(import.meta.dirname, 'node_modules', '.cache', 'node');

// By `npm test`; whoever names files has those.
const leftOut = process.env['DRAW_FILES'] === '1' ? filesLeftOut() : [];

export default defineConfig({
  oxc: {
    decorator: { legacy: true, emitDecoratorMetadata: true },
    assumptions: { setPublicClassFields: true },
    typescript: { removeClassFieldsWithoutInitializer: true },
  },
  test: {
    include: [
      'src/**/*.spec.ts',
      'test/**/*.test.ts',
      'quickstart/**/*.spec.ts',
      'sdk/typescript/**/*.spec.ts',
      'cli/**/*.spec.ts',
      'console/**/*.spec.ts',
    ],
    exclude: ['**/node_modules/**', 'dist/**', ...(THOROUGH ? [] : ['test/**/*.long.test.ts']), ...leftOut],
    // One PostgreSQL server for the whole run; see test/harness/database.ts.
    globalSetup: ['test/harness/global-setup.ts'],
    setupFiles: ['test/harness/no-secret-in-a-log.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // Files of one worker share what they import, and what the processor has learnt of it: a third of the time of short ones.
    isolate: false,
    // Whole services run in here, beside their clients: V8's own small nursery costs them a twentieth of the processor.
    execArgv: ['--max-semi-space-size=32'],
    // One more than two cores: there is always one whose test waits.
    maxWorkers: 3,
    sequence: { sequencer: LongFirst },
    // One line a file when all is well: slow tests are told of by `--reporter=verbose`.
    slowTestThreshold: 120_000,
    reporters: ['default'],
  },
});
