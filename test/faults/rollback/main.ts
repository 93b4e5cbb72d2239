import { parseArgs } from 'node:util';
import { ALL_STEPS, DISKS, ENTRIES, PHASES, runCell, SIDES, VICTIMS } from './cells.js';
import type { Cell, CellResult } from './cells.js';
import { Slot } from './slot.js';
import { Place } from './place.js';
import { BusyLoops } from './busy-loops.js';
import { RANDOM_VICTIMS, strikeAtRandom } from './random-kills.js';

/*
 * The kill matrix: every step of a rollback, of its cutover's journal and of its safety snapshot, with the worker, the API, PostgreSQL and both
 * killed, with the worker stopped until another one has taken over, with its clock jumping, and with a disk that is full;
 * then kills at random instants. Each time, without a person, everything must be old or everything new, nobody may have
 * read a mixture, everything that was confirmed before a swap must be in its safety snapshot, and nothing may be left over.
 */

/** Rollbacks that a random blow may meet at once. */
const AT_ONCE = 6;

const { values } = parseArgs({
  options: {
    kills: { type: 'string', default: '60' },
    slots: { type: 'string', default: '3' },
    // Of what else the machine does.
    busy: { type: 'string', default: '2' },
    // Of the random blows; by default any.
    victim: { type: 'string' },
    // What is swapped in stands ready: nothing is staged then.
    standby: { type: 'boolean', default: false },
    // The filestore is a mount point.
    mounted: { type: 'boolean', default: false },
    // Of the log, the journal, the safety snapshot and the standby; `none` skips the matrix.
    steps: { type: 'string', default: ALL_STEPS.join(',') },
    // Of the matrix; by default all.
    victims: { type: 'string', default: [...VICTIMS, ...DISKS].join(',') },
  },
});
const isStaged = (step: string) => PHASES.some((phase) => phase === step && phase !== 'prepare');
const isEntry = (step: string) => ENTRIES.some((entry) => entry === step);
const steps = ALL_STEPS.filter(
  (step) =>
    values.steps.split(',').includes(step) && !(values.standby && isStaged(step)) && (values.mounted || !isEntry(step)),
);
const chosen = <T extends string>(victims: readonly T[]) =>
  victims.filter((victim) => values.victims.split(',').includes(victim));
/** A step of the log is only struck before it: the random instants are mostly within them. */
const moments = steps.flatMap((step) =>
  SIDES.filter((side) => side === 'before' || !(isEntry(step) || PHASES.some((phase) => phase === step))).map(
    (side) => ({
      step,
      side,
    }),
  ),
);
const onlyVictim = RANDOM_VICTIMS.find((victim) => victim === values.victim);
using _busy = new BusyLoops(Number(values.busy));
const startedAt = Date.now();
const broken: string[] = [];
if (moments.length > 0) {
  await matrix(chosen(VICTIMS), Number(values.slots));
  await matrix(chosen(DISKS), 1, true);
}
if (Number(values.kills) > 0) await random(Number(values.kills), Number(values.slots));
console.log(`\n${broken.length === 0 ? 'No promise was broken.' : `BROKEN:\n  ${broken.join('\n  ')}`}`);
console.log(`${Math.round((Date.now() - startedAt) / 1000)} s.`);
process.exitCode = broken.length === 0 ? 0 : 1;

async function matrix(victims: readonly Cell['victim'][], slotCount: number, smallDisks = false): Promise<void> {
  if (victims.length === 0) return;
  const cells: Cell[] = moments.flatMap((moment) =>
    victims.map((victim) => ({ ...moment, victim, standby: values.standby })),
  );
  const results = new Map<Cell, CellResult>();
  const todo = [...cells];
  await onSlots(slotCount, smallDisks, async (slot) => {
    if (smallDisks && slot.disks === undefined) throw new Error('To fill a disk it takes a user who may mount one.');
    const first = await slot.startWorker();
    const place = await Place.create(slot, { mounted: values.mounted });
    await slot.end(first);
    for (let cell = todo.shift(); cell !== undefined; cell = todo.shift()) {
      const result = await runCell(place, cell);
      results.set(cell, result);
      broken.push(...result.broken.map((fault) => `${cell.step} ${cell.side} ${cell.victim}: ${fault}`));
      console.error(`${cell.step} ${cell.side} ${cell.victim}: ${result.status} ${result.broken.join('; ')}`);
    }
  });
  print(victims, results);
}

async function onSlots(count: number, smallDisks: boolean, work: (slot: Slot) => Promise<void>): Promise<void> {
  const slots = await Promise.all(Array.from({ length: count }, () => Slot.start({ smallDisks })));
  try {
    await Promise.all(slots.map(work));
  } finally {
    await Promise.all(slots.map((slot) => slot.stop()));
  }
}

function print(victims: readonly Cell['victim'][], results: ReadonlyMap<Cell, CellResult>): void {
  const line = (first: string, others: readonly string[]) =>
    console.log(first.padEnd(30) + others.map((text) => text.padEnd(18)).join(''));
  line('step', victims);
  for (const { step, side } of moments) {
    const row = [...results].filter(([cell]) => cell.step === step && cell.side === side);
    const shown = victims.map((victim) => {
      const result = row.find(([cell]) => cell.victim === victim)?.[1];
      return `${result?.status ?? '-'}${result?.broken.length === 0 ? '' : ' BROKEN'}`;
    });
    line(`${side} ${step}`, shown);
  }
  const all = [...results.values()];
  const reads = all.reduce((sum, result) => sum + result.reads, 0);
  const mixtures = all.flatMap(({ broken: faults }) => faults).filter((fault) => fault.startsWith('rows ')).length;
  console.log(`${results.size} blows, ${reads} reads under way, mixtures: ${mixtures}.\n`);
}

async function random(wanted: number, slotCount: number): Promise<void> {
  let [struck, reads, blows] = [0, 0, 0];
  const outcomes: Record<string, number> = {};
  await onSlots(slotCount, false, async (slot) => {
    slot.shared = true;
    const first = await slot.startWorker();
    const places = await Promise.all(
      Array.from({ length: AT_ONCE }, () => Place.create(slot, { mounted: values.mounted })),
    );
    await slot.end(first);
    while (struck < wanted) {
      const result = await strikeAtRandom(slot, places, onlyVictim);
      blows += 1;
      struck += result.struck;
      reads += result.reads;
      broken.push(...result.broken);
      for (const [name, count] of Object.entries(result.outcomes)) outcomes[name] = (outcomes[name] ?? 0) + count;
      console.error(`random: ${struck} of ${wanted}, broken: ${result.broken.join('; ') || 'nothing'}`);
    }
  });
  console.log(`\n${struck} rollbacks struck at random instants by ${blows} blows, ${reads} reads under way.`);
  for (const [name, count] of Object.entries(outcomes).toSorted()) console.log(`  ${name.padEnd(28)}${count}`);
}
