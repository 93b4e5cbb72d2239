import { LOOK_UP } from './changes/functions.js';
import { makeTable } from './changes/tables.js';
import type { World } from './world.js';

const SCHEMA = `
  CREATE SCHEMA app; CREATE SCHEMA "Odd Schema"; COMMENT ON SCHEMA app IS 'odd; -- "quotes"';
  CREATE TYPE app.mood AS ENUM ('sad', 'it''s ok', 'glad');
  CREATE TYPE app.pair AS (a int, b text, m app.mood);
  CREATE DOMAIN app.positive AS int CHECK (VALUE IS NULL OR VALUE > -100000000);
  CREATE DOMAIN app.mood_of_day AS app.mood;
  CREATE TYPE app.floats AS RANGE (SUBTYPE = float8);
  CREATE FUNCTION app.touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
  CREATE SEQUENCE app.counter; SELECT nextval('app.counter');
  SELECT lo_from_bytea(5000, 'a large object');
  CREATE TABLE app.narrow (id int PRIMARY KEY, n int, m app.mood);
  INSERT INTO app.narrow SELECT i, i, 'glad' FROM generate_series(1, 3000) i;
  CREATE TABLE app.wide (id int PRIMARY KEY, a text, moods app.mood[]); ALTER TABLE app.wide ALTER a SET STORAGE EXTERNAL;
  INSERT INTO app.wide SELECT i, repeat('y', 2500), '{sad,glad}' FROM generate_series(1, 60) i`;

/** Not every server has it. */
const FOREIGN = `CREATE EXTENSION file_fdw SCHEMA public; CREATE SERVER files FOREIGN DATA WRAPPER file_fdw;
  CREATE FOREIGN TABLE app.elsewhere (a text) SERVER files OPTIONS (filename '/nowhere')`;

/** Something of everything, and tables as the dice fall. */
export async function makeInitialSchema(world: World): Promise<void> {
  if (!(await world.define(`${SCHEMA}; ${LOOK_UP}`)))
    throw new Error(`The initial schema was refused.\n${world.log.join('\n')}`);
  await world.define(FOREIGN);
  for (let count = 0; count < 7; count += 1) await makeTable(world);
}
