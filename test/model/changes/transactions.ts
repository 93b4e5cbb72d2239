import type { World } from '../world.js';
import type { Change } from './change.js';
import { changeOfRows, lockOfRows, updateOfRows } from './rows.js';

const MOST_PREPARED = 4;

/** What an open transaction may do: nothing that keeps others from reading, which would keep a capture waiting. */
async function slowStep(world: World): Promise<string | undefined> {
  const { dice } = world;
  const table = await world.aTable();
  const types = (await world.objects()).types.filter(({ kind }) => kind === 'e');
  switch (dice.below(16)) {
    case 0:
      return table && lockOfRows(world, table);
    case 1:
      return `SAVEPOINT s`;
    case 2:
      return `ROLLBACK TO s`;
    case 3: {
      const type = dice.pick(types);
      const label = type && dice.pick(type.labels);
      return label && `ALTER TYPE ${type.sql} RENAME VALUE '${label}' TO '${world.newName('open')}'`;
    }
    case 4: {
      const name = `app.${world.newName('made_slowly')}`;
      return `CREATE TABLE ${name} (id int PRIMARY KEY, body text); INSERT INTO ${name} SELECT i, repeat('x', i) FROM generate_series(1, 60) i`;
    }
    case 5: {
      const sequence = dice.pick((await world.objects()).sequences);
      return sequence && `SELECT nextval('${sequence.replaceAll("'", "''")}')`;
    }
    case 6:
      return table && `LOCK TABLE ${table.sql} IN SHARE ROW EXCLUSIVE MODE NOWAIT`;
    case 7:
      return `SELECT lo_from_bytea(0, 'made slowly')`;
    case 8:
    case 9:
    case 10:
    case 11:
      // As many rows as before, by a transaction that may be older than the base and commit after it.
      return table && updateOfRows(world, table);
    default:
      return table && changeOfRows(world, table);
  }
}

async function work(world: World, index: number): Promise<void> {
  const step = await slowStep(world);
  if (step) await world.runSlowly(index, step);
}

export const TRANSACTION_CHANGES: Change[] = [
  {
    name: 'go on in a transaction that stays open',
    weight: 20,
    run: (world) => work(world, world.dice.below(3)),
  },
  {
    name: 'end a transaction that stayed open',
    weight: 18,
    run: (world) => world.endSlow(world.dice.below(3), world.dice.pick(['COMMIT', 'COMMIT', 'ROLLBACK'])),
  },
  {
    name: 'prepare a transaction',
    weight: 3,
    async run(world) {
      if (world.prepared.length >= MOST_PREPARED) return;
      const index = world.dice.below(3);
      await work(world, index);
      const name = world.newName('prepared');
      if (await world.endSlow(index, `PREPARE TRANSACTION '${name}'`)) world.prepared.push(name);
      // That of a transaction that had failed is taken for an answer, too.
      world.forget();
    },
  },
  {
    name: 'end a prepared transaction',
    weight: 4,
    async run(world) {
      const [name] = world.prepared.splice(world.dice.below(Math.max(1, world.prepared.length)), 1);
      if (name === undefined) return;
      await world.define(`${world.dice.onceIn(3) ? 'ROLLBACK' : 'COMMIT'} PREPARED '${name}'`);
    },
  },
];
