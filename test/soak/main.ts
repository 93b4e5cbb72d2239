import { parseArgs } from 'node:util';
import { setTimeout as sleep } from 'node:timers/promises';
import { readFile } from 'node:fs/promises';
import { Random } from '../faults/vault/random.js';
import { promisesAfter } from './after.js';
import { Resident } from './resident.js';
import { Stage } from './stage.js';
import { Troublemaker } from './trouble.js';

/*
 * The soak: a deployment of two API processes and some workers is used by several environments at once, for as long as one likes,
 * while every process is killed and stopped at random instants and both stores go away. At the end nothing may be broken,
 * hang, or be left over.
 */

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '10' },
    environments: { type: 'string', default: '4' },
    workers: { type: 'string', default: '2' },
    seed: { type: 'string', default: String(Date.now()) },
    // Nothing is broken: what is found then is not the fault of any trouble.
    calm: { type: 'boolean', default: false },
  },
});
const minutes = Number(values.minutes);
const began = Date.now();
const at = () => `${((Date.now() - began) / 60_000).toFixed(1).padStart(5)} min`;
const say = (line: string) => console.error(`${at()}  ${line}`);
console.log(`seed ${values.seed}`);

const stage = await Stage.start();
for (const role of ['api', 'api'] as const) stage.add(role);
for (let n = 0; n < Number(values.workers); n += 1) stage.add('worker');
let broken: string[] = [];
/** The most that a process has had in memory, by role (MiB). */
const memory = new Map<string, number>();
const watching = setInterval(() => void watchMemory().catch(() => undefined), 5_000);
try {
  await sleep(1_000);
  const residents = await Promise.all(
    Array.from({ length: Number(values.environments) }, (_, n) =>
      Resident.create(stage, new Random(`${values.seed} ${n}`)),
    ),
  );
  const ending = new AbortController();
  const lives = residents.map((resident) => resident.live(ending.signal));
  const trouble = values.calm ? undefined : new Troublemaker(stage, new Random(values.seed), say);
  const tell = setInterval(() => tellProgress(residents), 60_000);
  await sleep(minutes * 60_000);
  await trouble?.stop();
  stage.bucket.faults.clear();
  say('no more trouble');
  ending.abort();
  await Promise.all(lives);
  clearInterval(tell);
  say('everything is looked at');
  broken = [...residents.flatMap((resident) => resident.broken), ...(await promisesAfter(stage, residents))];
  broken.push(...residents.flatMap((resident) => resident.broken).filter((fault) => !broken.includes(fault)));
  broken.push(...stage.processes.flatMap(({ surprises }) => surprises));
  report(residents, trouble);
} finally {
  clearInterval(watching);
  await stage.stop();
}
console.log(`\n${broken.length === 0 ? 'No promise was broken.' : `BROKEN:\n  ${broken.join('\n  ')}`}`);
console.log(`${at().trim()}.`);
process.exitCode = broken.length === 0 ? 0 : 1;

function countsOf(residents: readonly Resident[]): Map<string, number> {
  const all = new Map<string, number>();
  for (const { counts } of residents) for (const [name, count] of counts) all.set(name, (all.get(name) ?? 0) + count);
  return all;
}

function tellProgress(residents: readonly Resident[]): void {
  const counts = countsOf(residents);
  const broken = residents.flatMap((resident) => resident.broken);
  say(
    `${counts.get('snapshot completed') ?? 0} snapshots, ${counts.get('rollback completed') ?? 0} rollbacks, broken: ${broken.at(-1) ?? 'nothing'}`,
  );
}

function report(residents: readonly Resident[], trouble: Troublemaker | undefined): void {
  const table = (title: string, rows: Iterable<readonly [string, number]>) => {
    console.log(`\n${title}`);
    for (const [name, count] of [...rows].toSorted()) console.log(`  ${name.padEnd(44)}${count}`);
  };
  if (trouble !== undefined) table('trouble', trouble.counts);
  table('what was done, and what came of it', countsOf(residents));
  table(
    'starts of processes',
    stage.processes.map(({ role, starts }, n) => [`${n} ${role}`, starts] as const),
  );
  table('most memory of a process (MiB)', memory);
}

async function watchMemory(): Promise<void> {
  for (const { role, pid } of stage.processes) {
    if (pid === undefined) continue;
    const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
    const mib = Number(/^VmHWM:\s+(\d+) kB/m.exec(status)?.[1] ?? 0) / 1024;
    memory.set(role, Math.max(memory.get(role) ?? 0, Math.round(mib)));
  }
}
