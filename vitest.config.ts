import { join } from 'node:path';
import { defineConfig } from 'vitest/config';

// What threads and processes of the tests run from source is stripped of its types once, and not by each of them: a capture starts
// five threads, at 0.2 s of a processor each without this. Those who run the tests inherit it.
process.env['NODE_COMPILE_CACHE'] ??= join(import.meta.dirname, 'node_modules', '.cache', 'node');

export default defineConfig({
  oxc: {
    decorator: { legacy: true, emitDecoratorMetadata: true },
    assumptions: { setPublicClassFields: true },
    typescript: { removeClassFieldsWithoutInitializer: true },
  },
  test: {
    include: ['src/**/*.spec.ts', 'test/**/*.test.ts', 'quickstart/**/*.spec.ts', 'sdk/typescript/**/*.spec.ts'],
    exclude: ['**/node_modules/**', 'dist/**'],
    // One PostgreSQL server for the whole run; see test/harness/database.ts.
    globalSetup: ['test/harness/global-setup.ts'],
    setupFiles: ['test/harness/no-secret-in-a-log.ts'],
    testTimeout: 30_000,
    hookTimeout: 60_000,
    // Processes are killed and stopped here against the clock, and a machine of CI's may stand still for seconds. The report
    // names what was tried again; on a developer's machine nothing is.
    retry: process.env['CI'] === 'true' ? 2 : 0,
    // Two cores: more workers only make the waiting tests time out.
    maxWorkers: 2,
    // One line a file when all is well: slow tests are told of by `--reporter=verbose`.
    slowTestThreshold: 120_000,
    reporters: ['default'],
  },
});
