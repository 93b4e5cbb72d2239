import { Client } from 'pg';
import type { DatabaseAddress } from '../../src/engine/postgres/connection/database-address.js';
import { PostgresServer } from '../harness/postgres-server.js';

/** One transaction has room for the locks of so many. */
const TABLES_A_TRANSACTION = 500;
/** One table in so many has rows: in databases with very many, most are somebody's who does not use them. */
const FILLED_ONE_IN = 10;

/** A server with room for the locks of a capture of so many tables: its own, pg_dump's, and those of a restore. */
export function startServerFor(tables: number): Promise<PostgresServer> {
  const connections = 50;
  const locks = Math.max(256, Math.ceil((8 * tables) / connections));
  return PostgresServer.start({
    auth: 'trust',
    settings: {
      max_connections: String(connections),
      max_locks_per_transaction: String(locks),
      shared_buffers: '256MB',
      autovacuum: 'off',
      max_wal_size: '4GB',
    },
  });
}

/** Each with a primary key, columns of five types (one of them an enum), and some of them with rows. */
export async function makeTables(address: DatabaseAddress, tables: number): Promise<void> {
  const client = await connect(address);
  try {
    await client.query(`CREATE TYPE mood AS ENUM ('glad', 'sad')`);
    for (let from = 1; from <= tables; from += TABLES_A_TRANSACTION) {
      const to = Math.min(tables, from + TABLES_A_TRANSACTION - 1);
      await client.query(`DO $$ BEGIN FOR n IN ${from}..${to} LOOP
        EXECUTE format('CREATE TABLE t_%s (id int PRIMARY KEY, label text, at timestamptz, amount numeric(10, 2), mood mood)', n);
        IF n % ${FILLED_ONE_IN} = 0 THEN
          EXECUTE format('INSERT INTO t_%s SELECT m, ''row '' || m, now(), m, ''glad'' FROM generate_series(1, 10) m', n);
        END IF;
      END LOOP; END $$`);
    }
    await client.query('ANALYZE pg_catalog.pg_class; ANALYZE pg_catalog.pg_attribute; ANALYZE pg_catalog.pg_depend');
  } finally {
    await client.end();
  }
}

/** Gives one filled table in a hundred a row more. */
export async function changeSome(address: DatabaseAddress, tables: number): Promise<void> {
  const client = await connect(address);
  try {
    for (let n = FILLED_ONE_IN; n <= tables; n += FILLED_ONE_IN * 100) {
      await client.query(`INSERT INTO t_${n} VALUES (11, 'row 11', now(), 11, 'sad')`);
    }
  } finally {
    await client.end();
  }
}

export async function connect({ host, port, user, password, database }: DatabaseAddress): Promise<Client> {
  const client = new Client({ host, port, user, password, database, ssl: false, application_name: 'scale' });
  await client.connect();
  return client;
}
