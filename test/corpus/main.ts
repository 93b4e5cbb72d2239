import { parseArgs } from 'node:util';
import { chosen, DATABASES } from './catalogue.js';
import { installDebianPackages } from './debian-packages.js';
import { postgresOfMajor } from './other-postgres.js';
import { faultsOf, STEPS } from './results.js';
import type { DatabaseResult } from './results.js';
import { runDatabase } from './run-database.js';
import { writeReport } from './report.js';
import { explanations, table } from './table.js';
import { World } from './world.js';

/*
 * Databases that nobody here wrote, or as others make them: each is captured, damaged and rolled back, through the service
 * and as a person would, and compared by what is not ours, beside `pg_dump` and `pg_restore`. Exit status 1 when anything
 * differs or fails that neither they share nor a warning named.
 */

const { values } = parseArgs({
  options: {
    only: { type: 'string', multiple: true },
    except: { type: 'string', multiple: true },
    role: { type: 'string' },
    quick: { type: 'boolean', default: false },
    pg: { type: 'string' },
    write: { type: 'boolean', default: false },
    list: { type: 'boolean', default: false },
  },
});
// What we started is ended by the kernel when we end, and a guard removes the files.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => process.exit(130));

const { only, except, role, quick } = values;
const chosenOnes = chosen({
  quick,
  ...(only && { only }),
  ...(except && { except }),
  ...(role !== undefined && { role }),
});
if (values.list || chosenOnes.length === 0) {
  for (const { name, about } of DATABASES) console.log(`${name.padEnd(40)} ${about}`);
  process.exit(values.list ? 0 : 2);
}
const startedAt = Date.now();
const programs = values.pg === undefined ? undefined : await postgresOfMajor(values.pg);
const packages = new Set(chosenOnes.flatMap(([{ packages = [] }]) => packages));
const uninstalled = values.pg === undefined ? await installDebianPackages([...packages]) : undefined;
if (uninstalled !== undefined) console.error(uninstalled);
const results: DatabaseResult[] = [];
const world = await World.start(programs === undefined ? {} : { programs });
const serverVersion = String((await world.asSuperuser('SHOW server_version'))[0]?.['server_version']);
try {
  for (const [database, as] of chosenOnes) {
    const result = await runDatabase(world, database, as);
    results.push(result);
    report(result);
  }
} finally {
  await world.stop();
}
console.log(`\n${table(results)}\n\n${explanations(results).join('\n')}\n`);
if (values.write) await writeReport(results, { seconds: secondsSince(startedAt), server: serverVersion });
const faults = results.flatMap(faultsOf);
console.log(faults.length === 0 ? 'Nothing is wrong.' : `WRONG:\n  ${faults.join('\n  ')}`);
console.log(`${results.length} databases and roles, ${secondsSince(startedAt)} s.`);
process.exitCode = faults.length === 0 ? 0 : 1;

function secondsSince(instant: number): number {
  return Math.round((Date.now() - instant) / 1000);
}

function report(result: DatabaseResult): void {
  const { database, role, missing, error, steps, control, notes } = result;
  const shown = STEPS.map((step) => `${step} ${steps[step]?.outcome} ${steps[step]?.seconds.toFixed(1)} s`).join(', ');
  console.error(
    `${database} ${role}: ${missing ?? error ?? `${shown}; control ${control?.outcome}; ${notes.join(', ')}`}`,
  );
  for (const line of explanations([result])) console.error(`  ${line}`);
}
