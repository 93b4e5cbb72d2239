import { spawnSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { waitUntil } from '../e2e/wait-until.js';
import { Random } from '../faults/vault/random.js';
import { promisesAfter } from './after.js';
import { Resident } from './resident.js';
import type { Action } from './resident.js';
import { Stage } from './stage.js';

/*
 * An upgrade side by side: a deployment of the last release is used, processes of this version come in beside it, both work on the
 * same rows for a while, and those of the last release go. Nothing may be broken, and nothing left over.
 */

/** What the last release had no operation for. */
const UNKNOWN_BEFORE: Action[] = ['rollback cancelled'];

/** Where nothing is tagged yet: the first version whose contract is kept to (docs/contract). */
const FIRST_KEPT_CONTRACT = '32d75b4';

const { values } = parseArgs({
  options: {
    from: { type: 'string' },
    seconds: { type: 'string', default: '40' },
    environments: { type: 'string', default: '3' },
  },
});
const phase = Number(values.seconds) * 1000;
const root = join(import.meta.dirname, '..', '..');

/** Runs a program in a directory; throws with what it said when it fails. */
function run(directory: string, command: string, ...args: string[]): string {
  const { status, stdout, stderr } = spawnSync(command, args, { cwd: directory, encoding: 'utf8', maxBuffer: 2 ** 30 });
  if (status !== 0) throw new Error(`${command} ${args.join(' ')}: ${stdout.slice(-2_000)}${stderr.slice(-2_000)}`);
  return stdout.trim();
}

function lastRelease(): string {
  const { status, stdout } = spawnSync('git', ['describe', '--tags', '--abbrev=0'], { cwd: root, encoding: 'utf8' });
  return status === 0 ? stdout.trim() : FIRST_KEPT_CONTRACT;
}

const from = values.from ?? lastRelease();
const old = await mkdtemp(join(tmpdir(), 'snapback-upgrade-'));
const stage = await Stage.start();
let broken: string[];
try {
  console.log(`from ${from} to ${run(root, 'git', 'describe', '--always', '--dirty')}`);
  run(root, 'sh', '-c', `git archive '${from}' | tar x -C '${old}'`);
  run(old, 'npm', 'ci');
  run(old, 'npm', 'run', 'build');
  const before = [stage.add('api', join(old, 'dist/src/main.js')), stage.add('worker', join(old, 'dist/src/main.js'))];
  await waitUntil('the last release is there', () => before.every(({ current }) => current !== undefined), {
    seconds: 90,
  });
  const residents = [];
  for (let n = 0; n < Number(values.environments); n += 1)
    residents.push(await Resident.create(stage, new Random(`upgrade ${n}`), UNKNOWN_BEFORE));
  const ending = new AbortController();
  const lives = residents.map((resident) => resident.live(ending.signal));
  await sleep(phase);
  const after = [stage.add('api'), stage.add('worker')];
  await waitUntil('this version is there', () => after.every(({ current }) => current !== undefined), { seconds: 90 });
  console.log('both versions work');
  await sleep(phase);
  await Promise.all(before.map((each) => each.stop()));
  console.log('the last release is gone');
  await sleep(phase / 2);
  ending.abort();
  await Promise.all(lives);
  broken = [...residents.flatMap((resident) => resident.broken), ...(await promisesAfter(stage, residents))];
  broken.push(...stage.processes.flatMap(({ surprises }) => surprises));
} finally {
  await stage.stop();
  await rm(old, { recursive: true, force: true });
}
console.log(broken.length === 0 ? 'No promise was broken.' : `BROKEN:\n  ${broken.join('\n  ')}`);
process.exitCode = broken.length === 0 ? 0 : 1;
