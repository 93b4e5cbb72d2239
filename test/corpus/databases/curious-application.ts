import { setTimeout as sleep } from 'node:timers/promises';
import { ask } from '../ask.js';
import type { CorpusDatabase, RunningApplication } from '../corpus-database.js';
import type { Place } from '../place.js';

const EVERY_MS = 3;

/** An application server that enters every database its role owns, as Odoo does, and writes there. */
export const curiousApplication: CorpusDatabase[] = [
  {
    name: 'curious-application',
    about: 'an application that enters and writes to every database its role owns while one is rolled back',
    async build(place) {
      await place.asRole(`
        CREATE TABLE partner (id int PRIMARY KEY, email text NOT NULL);
        INSERT INTO partner SELECT n, 'p' || n || '@example.com' FROM generate_series(1, 60000) n;
        CREATE INDEX ON partner (email); CREATE TABLE cron (at timestamptz DEFAULT now())`);
    },
    // The application's own work goes on in the live one as soon as it is open again.
    volatile: ['rows of public.cron'],
    serve: async (place) => roam(place),
  },
];

function roam(place: Place): RunningApplication {
  const ending = new AbortController();
  const entered = new Set<string>();
  const roaming = (async () => {
    for (; !ending.signal.aborted; await sleep(EVERY_MS)) {
      const owned = await ask<{ name: string }>(
        { ...place.address, database: 'postgres' },
        `SELECT datname::text AS name FROM pg_database WHERE datallowconn AND pg_get_userbyid(datdba) = current_user`,
      ).catch(() => []);
      for (const { name } of owned) {
        const inside = `CREATE TABLE IF NOT EXISTS cron (at timestamptz); INSERT INTO cron VALUES (now())`;
        const done = await ask({ ...place.address, database: name }, inside).then(
          () => true,
          () => false,
        );
        if (done && name !== place.id) entered.add(name);
      }
    }
  })();
  return {
    async afterRollback() {
      const rooms = [...entered];
      if (rooms.length === 0) return {};
      return { unwell: `it could write in ${rooms.length} databases that were not open to it: ${rooms.join(', ')}` };
    },
    async stop() {
      ending.abort();
      await roaming;
    },
  };
}
