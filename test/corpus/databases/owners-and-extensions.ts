import { sqlDatabase } from '../corpus-database.js';
import type { CorpusDatabase } from '../corpus-database.js';

/** Several owners, privileges passed on, and what the role may not make itself. */
export const ownersAndExtensions: CorpusDatabase[] = [
  sqlDatabase({
    name: 'extension-grants',
    about: 'a grant and a revoke on functions of a trusted extension',
    quick: 'owner',
    sql: `
      CREATE EXTENSION hstore; CREATE EXTENSION pg_trgm;
      CREATE TABLE doc AS SELECT n, hstore('k', n::text) AS e FROM generate_series(1, 100) n;`,
    after: ({ id }) => `
      CREATE ROLE ${id}_reader;
      REVOKE EXECUTE ON FUNCTION akeys(hstore) FROM PUBLIC;
      GRANT EXECUTE ON FUNCTION akeys(hstore) TO ${id}_reader;
      REVOKE EXECUTE ON FUNCTION similarity(text, text) FROM PUBLIC;`,
  }),
  sqlDatabase({
    name: 'extension-version',
    about: 'an extension in an older version than the newest',
    sql: `
      CREATE EXTENSION hstore VERSION '1.6';
      CREATE TABLE doc AS SELECT n, hstore('k', n::text) AS e FROM generate_series(1, 100) n;`,
  }),
  sqlDatabase({
    name: 'two-owners',
    about: 'tables, functions and types of a role that ours is a member of, in a schema it may create in',
    before: ({ id }) => `CREATE ROLE ${id}_writer; GRANT ${id}_writer TO ${id}`,
    sql: ({ id }) => `
      CREATE SCHEMA app; GRANT CREATE, USAGE ON SCHEMA app TO ${id}_writer;
      SET ROLE ${id}_writer;
      CREATE TABLE app.note (n serial PRIMARY KEY, t text);
      INSERT INTO app.note (t) SELECT 'note ' || n FROM generate_series(1, 300) n;
      CREATE TYPE app.mood AS ENUM ('calm');
      CREATE FUNCTION app.one() RETURNS int LANGUAGE sql AS 'SELECT 1';
      CREATE VIEW app.notes AS SELECT * FROM app.note;
      RESET ROLE;
      CREATE TABLE app.own AS SELECT n FROM generate_series(1, 100) n;`,
  }),
  sqlDatabase({
    name: 'grants-passed-on',
    about: 'privileges granted by a grantee with the grant option, on tables, columns, schemas and by default',
    before: ({ id }) => `
      CREATE ROLE ${id}_chief; CREATE ROLE ${id}_clerk; CREATE ROLE ${id}_guest;
      GRANT ${id}_chief, ${id}_clerk TO ${id}`,
    sql: ({ id }) => `
      CREATE TABLE paper (n int PRIMARY KEY, secret text);
      INSERT INTO paper SELECT n, 's' || n FROM generate_series(1, 100) n;
      GRANT SELECT, UPDATE ON paper TO ${id}_chief WITH GRANT OPTION;
      GRANT SELECT (secret) ON paper TO ${id}_clerk WITH GRANT OPTION;
      ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO ${id}_clerk;
      SET ROLE ${id}_chief; GRANT SELECT ON paper TO ${id}_clerk WITH GRANT OPTION; RESET ROLE;
      SET ROLE ${id}_clerk; GRANT SELECT ON paper TO ${id}_guest; GRANT SELECT (secret) ON paper TO ${id}_guest; RESET ROLE;`,
  }),
  sqlDatabase({
    name: 'beyond-the-role',
    about: "an untrusted extension, an event trigger and another role's function and table",
    sql: `CREATE TABLE own AS SELECT n FROM generate_series(1, 100) n`,
    after: ({ id }) => `
      CREATE ROLE ${id}_stranger;
      CREATE EXTENSION pageinspect;
      CREATE FUNCTION theirs() RETURNS int LANGUAGE sql AS 'SELECT 1'; ALTER FUNCTION theirs() OWNER TO ${id}_stranger;
      CREATE FUNCTION watched() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END';
      CREATE EVENT TRIGGER watch ON ddl_command_end EXECUTE FUNCTION watched();`,
  }),
  sqlDatabase({
    name: 'event-trigger-that-refuses',
    about: 'an event trigger that refuses every change of definitions unless it is told',
    roles: ['superuser'],
    sql: `
      CREATE TABLE own AS SELECT n FROM generate_series(1, 100) n;
      CREATE TABLE told (at timestamptz DEFAULT now(), tag text);
      CREATE FUNCTION refuse() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN
        IF current_setting('corpus.told', true) IS DISTINCT FROM 'yes' THEN RAISE EXCEPTION 'not without being told'; END IF;
        INSERT INTO public.told (tag) VALUES (tg_tag);
      END $$;
      CREATE EVENT TRIGGER refuse ON ddl_command_start WHEN TAG IN ('ALTER TABLE', 'CREATE INDEX', 'CREATE TABLE') EXECUTE FUNCTION refuse();`,
  }),
  sqlDatabase({
    name: 'publications-and-a-subscription',
    about: 'publications, and a subscription that is off',
    after: `
      CREATE PUBLICATION everything FOR ALL TABLES;
      CREATE SUBSCRIPTION from_afar CONNECTION 'host=127.0.0.1 port=1 dbname=away' PUBLICATION everything
        WITH (connect = false, slot_name = 'live_slot')`,
    sql: `CREATE TABLE own (n int PRIMARY KEY); INSERT INTO own SELECT n FROM generate_series(1, 100) n;
          CREATE PUBLICATION larger FOR TABLE own WHERE (n > 10)`,
  }),
  sqlDatabase({
    name: 'row-security-forced',
    about: 'a policy that holds for the owner too',
    sql: `
      CREATE TABLE secret (n int, owner text); ALTER TABLE secret ENABLE ROW LEVEL SECURITY;
      INSERT INTO secret SELECT n, 'somebody' FROM generate_series(1, 100) n;
      ALTER TABLE secret FORCE ROW LEVEL SECURITY;
      CREATE POLICY own_only ON secret USING (owner = current_user);`,
  }),
  sqlDatabase({
    name: 'without-public',
    about: "a dropped public schema, and rows of an extension's table that were changed",
    sql: `
      CREATE SCHEMA app; CREATE TABLE app.own AS SELECT n FROM generate_series(1, 100) n;
      CREATE EXTENSION corpus_configuration SCHEMA app;
      UPDATE app.fixed SET t = 'changed' WHERE n = 1;`,
    after: 'DROP SCHEMA public',
  }),
];
