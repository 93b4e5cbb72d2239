import type { DatabaseAddress } from '../../src/engine/postgres/connection/database-address.js';
import { query } from '../harness/database.js';

/**
 * Makes a database whose snapshots no tool can restore: its rows were checked by a function that has been replaced since by
 * one that raises.
 */
export async function makeUnrestorable(address: DatabaseAddress): Promise<void> {
  await query(
    address,
    `CREATE FUNCTION is_right(int) RETURNS bool LANGUAGE plpgsql IMMUTABLE AS 'BEGIN RETURN true; END';
     CREATE TABLE checked (v int CHECK (is_right(v)));
     INSERT INTO checked VALUES (1);
     CREATE OR REPLACE FUNCTION is_right(int) RETURNS bool LANGUAGE plpgsql IMMUTABLE
       AS $$BEGIN RAISE EXCEPTION 'no value is right any more'; END$$;`,
  );
}
