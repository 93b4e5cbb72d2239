import { parseArgs } from 'node:util';
import { runCell, SIDES, STEPS, VICTIMS } from './cells.js';
import type { Cell, CellResult } from './cells.js';
import { Lane } from './lane.js';
import { Place } from './place.js';
import { strikeAtRandom } from './random-kills.js';

/*
 * The kill matrix: every step of a cutover's journal, before and after, with the worker, the API, PostgreSQL and both
 * killed, and with the worker stopped until another one has taken over; then kills at random instants. Each time, without
 * a person, everything must be old or everything new, nobody may have read a mixture, and nothing may be left over.
 */

/** Rollbacks that a random blow may meet at once. */
const AT_ONCE = 6;

const { values } = parseArgs({
  options: {
    kills: { type: 'string', default: '60' },
    lanes: { type: 'string', default: '3' },
    // Of the journal; `none` skips the matrix.
    steps: { type: 'string', default: STEPS.join(',') },
  },
});
const steps = STEPS.filter((step) => values.steps.split(',').includes(step));
const startedAt = Date.now();
const lanes = await Promise.all(Array.from({ length: Number(values.lanes) }, () => Lane.start()));
const broken: string[] = [];
try {
  if (steps.length > 0) await matrix();
  if (Number(values.kills) > 0) await random(Number(values.kills));
} finally {
  await Promise.all(lanes.map((lane) => lane.stop()));
}
console.log(`\n${broken.length === 0 ? 'No promise was broken.' : `BROKEN:\n  ${broken.join('\n  ')}`}`);
console.log(`${Math.round((Date.now() - startedAt) / 1000)} s.`);
process.exitCode = broken.length === 0 ? 0 : 1;

async function matrix(): Promise<void> {
  const cells: Cell[] = steps.flatMap((step) =>
    SIDES.flatMap((side) => VICTIMS.map((victim) => ({ step, side, victim }))),
  );
  const results = new Map<Cell, CellResult>();
  const todo = [...cells];
  await Promise.all(
    lanes.map(async (lane) => {
      const first = await lane.startWorker();
      const place = await Place.create(lane);
      await lane.end(first);
      for (let cell = todo.shift(); cell !== undefined; cell = todo.shift()) {
        const result = await runCell(place, cell);
        results.set(cell, result);
        broken.push(...result.broken.map((fault) => `${cell.step} ${cell.side} ${cell.victim}: ${fault}`));
        console.error(`${cell.step} ${cell.side} ${cell.victim}: ${result.status} ${result.broken.join('; ')}`);
      }
    }),
  );
  print(cells, results);
}

function print(cells: readonly Cell[], results: ReadonlyMap<Cell, CellResult>): void {
  console.log(['step of the journal', ...VICTIMS].map((text) => text.padEnd(22)).join(''));
  for (const step of steps) {
    for (const side of SIDES) {
      const row = cells.filter((cell) => cell.step === step && cell.side === side).map((cell) => results.get(cell)!);
      const shown = row.map(({ status, broken: faults }) => `${status}${faults.length === 0 ? '' : ' BROKEN'}`);
      console.log([`${side} ${step}`, ...shown].map((text) => text.padEnd(22)).join(''));
    }
  }
  const reads = [...results.values()].reduce((sum, result) => sum + result.reads, 0);
  console.log(`${results.size} kills and pauses, ${reads} reads under way, mixtures: ${mixturesIn(results)}.`);
}

function mixturesIn(results: ReadonlyMap<Cell, CellResult>): number {
  return [...results.values()].flatMap(({ broken: faults }) => faults).filter((fault) => fault.startsWith('rows '))
    .length;
}

async function random(wanted: number): Promise<void> {
  let [struck, reads, blows] = [0, 0, 0];
  const outcomes: Record<string, number> = {};
  await Promise.all(
    lanes.map(async (lane) => {
      lane.shared = true;
      const first = await lane.startWorker();
      const places = await Promise.all(Array.from({ length: AT_ONCE }, () => Place.create(lane)));
      await lane.end(first);
      while (struck < wanted) {
        const result = await strikeAtRandom(lane, places);
        blows += 1;
        struck += result.struck;
        reads += result.reads;
        broken.push(...result.broken);
        for (const [name, count] of Object.entries(result.outcomes)) outcomes[name] = (outcomes[name] ?? 0) + count;
        console.error(`random: ${struck} of ${wanted}, broken: ${result.broken.join('; ') || 'nothing'}`);
      }
    }),
  );
  console.log(`\n${struck} rollbacks struck at random instants by ${blows} blows, ${reads} reads under way.`);
  for (const [name, count] of Object.entries(outcomes).toSorted()) console.log(`  ${name.padEnd(28)}${count}`);
}
