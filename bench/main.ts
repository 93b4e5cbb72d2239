import { useBuild } from '../src/builds/build-in-use.js';
import { runCaptureBench } from './capture/bench.js';
import { runContentsBench } from './contents/bench.js';
import { runListBench } from './list/bench.js';
import { runRollbackBench } from './rollback/bench.js';
import { runServiceBench } from './service/bench.js';
import { runStreamsBench } from './streams/bench.js';
import { runVaultBench } from './vault/bench.js';

/** Every bench by name: `npm run bench -- list`. What follows the name is the bench's own. */
const benches: Record<string, (args: readonly string[]) => Promise<void>> = {
  capture: runCaptureBench,
  contents: runContentsBench,
  list: runListBench,
  rollback: runRollbackBench,
  service: runServiceBench,
  streams: runStreamsBench,
  vault: runVaultBench,
};

await useBuild();
const [name = '', ...args] = process.argv.slice(2);
const bench = benches[name];
if (bench === undefined) {
  console.error(`Say which bench to run: ${Object.keys(benches).join(', ')}.`);
  process.exit(1);
}
await bench(args);
