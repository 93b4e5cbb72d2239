/** A schema with one of everything that makes loading rows before or after something matter. */
export const FEATURES_SQL = String.raw`
CREATE SCHEMA app; COMMENT ON SCHEMA app IS 'odd; -- "quotes"';
CREATE TYPE app.mood AS ENUM ('sad', 'it''s ok', 'happy');
CREATE TYPE app.pair AS (a int, b text);
CREATE DOMAIN app.positive AS int CHECK (VALUE > 0);
CREATE TABLE app.person (
  id bigint GENERATED ALWAYS AS IDENTITY (START 5) PRIMARY KEY, name text NOT NULL, email text UNIQUE,
  mood app.mood, pairs app.pair[], amount app.positive, price money, at timestamptz, span interval, x xml, f float8, raw bytea,
  upper_name text GENERATED ALWAYS AS (upper(name)) STORED, boss bigint);
ALTER TABLE app.person ADD CONSTRAINT person_boss_fk FOREIGN KEY (boss) REFERENCES app.person DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE app.person ADD COLUMN gone int; ALTER TABLE app.person DROP COLUMN gone;
CREATE INDEX person_lower ON app.person (lower(name)); COMMENT ON INDEX app.person_lower IS 'lower';
ALTER INDEX app.person_lower ALTER COLUMN 1 SET STATISTICS 500;
CREATE INDEX person_at ON app.person (at) WHERE at IS NOT NULL;
CREATE INDEX person_name ON app.person (name); ALTER TABLE app.person CLUSTER ON person_name;
CREATE STATISTICS app.person_stats (dependencies) ON name, email FROM app.person;
ALTER TABLE app.person REPLICA IDENTITY USING INDEX person_pkey;
INSERT INTO app.person (name, email, mood, pairs, amount, price, at, span, x, f, raw, boss)
SELECT CASE n % 5 WHEN 0 THEN E'tab\tnew\nline\\back\r' WHEN 1 THEN '' WHEN 2 THEN '\N' ELSE 'Zoë ' || n END,
       CASE WHEN n % 7 = 0 THEN NULL ELSE n || '@example.org' END, 'it''s ok',
       ARRAY[(n, NULL)::app.pair, (n, 'a,"b')::app.pair], n, n * 1.5, '2024-02-29 12:00+01', '1 mon -3 days', 'plain <b/> text', 1e-300 * n, decode('00ff0a', 'hex'), NULL
  FROM generate_series(1, 3000) n;
UPDATE app.person SET boss = id - 1 WHERE id > 100;
DELETE FROM app.person WHERE id BETWEEN 20 AND 40;
CREATE TABLE app.husband (id int PRIMARY KEY, wife int);
CREATE TABLE app.wife (id int PRIMARY KEY, husband int REFERENCES app.husband);
ALTER TABLE app.husband ADD FOREIGN KEY (wife) REFERENCES app.wife;
INSERT INTO app.husband SELECT n FROM generate_series(1, 50) n; INSERT INTO app.wife SELECT n, n FROM generate_series(1, 50) n;
UPDATE app.husband SET wife = id;
CREATE TABLE app.event (id int, at date, note text, PRIMARY KEY (id, at)) PARTITION BY RANGE (at);
CREATE TABLE app.event_2023 PARTITION OF app.event FOR VALUES FROM ('2023-01-01') TO ('2024-01-01');
CREATE TABLE app.event_2024 PARTITION OF app.event FOR VALUES FROM ('2024-01-01') TO ('2025-01-01') PARTITION BY HASH (id);
CREATE TABLE app.event_2024_0 PARTITION OF app.event_2024 FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TABLE app.event_2024_1 (note text, id int NOT NULL, at date NOT NULL);
ALTER TABLE app.event_2024 ATTACH PARTITION app.event_2024_1 FOR VALUES WITH (MODULUS 2, REMAINDER 1);
CREATE INDEX event_note ON app.event (note); CREATE UNIQUE INDEX event_only_2023 ON app.event_2023 (id);
INSERT INTO app.event SELECT n, '2023-06-01'::date + n % 500, 'note ' || n FROM generate_series(1, 2000) n;
CREATE TABLE app.event_seen (id int, at date, FOREIGN KEY (id, at) REFERENCES app.event);
INSERT INTO app.event_seen SELECT id, at FROM app.event WHERE id < 100;
CREATE TABLE app.animal (id int PRIMARY KEY, name text); CREATE TABLE app.dog (bark int, CHECK (bark > 0)) INHERITS (app.animal);
INSERT INTO app.animal VALUES (1, 'cat'); INSERT INTO app.dog VALUES (2, 'rex', 3);
CREATE TABLE app.booking (room int, during tsrange, EXCLUDE USING gist (during WITH &&) WHERE (room = 1));
INSERT INTO app.booking VALUES (1, '[2024-01-01,2024-01-02)'), (1, '[2024-01-02,2024-01-03)'), (2, NULL);
CREATE TABLE app.no_columns (); INSERT INTO app.no_columns SELECT FROM generate_series(1, 7);
CREATE TABLE app.only_generated (a int GENERATED ALWAYS AS (42) STORED); INSERT INTO app.only_generated DEFAULT VALUES;
CREATE UNLOGGED TABLE app.unlogged (a int); INSERT INTO app.unlogged VALUES (1);
CREATE TABLE app.empty (a int PRIMARY KEY, b int UNIQUE);
CREATE TABLE app."odd "" name; é
line" ("a b" int PRIMARY KEY, "select" text, "Ü" int); INSERT INTO app."odd "" name; é
line" VALUES (1, 'x', 2), (2, NULL, NULL);
CREATE TABLE app."a b" (c int PRIMARY KEY); INSERT INTO app."a b" VALUES (1);
CREATE SCHEMA "app a"; CREATE TABLE "app a".b (c int PRIMARY KEY); INSERT INTO "app a".b VALUES (1);
CREATE TABLE app.guarded (id int PRIMARY KEY, owner text); INSERT INTO app.guarded VALUES (1, 'x'), (2, 'y');
ALTER TABLE app.guarded ENABLE ROW LEVEL SECURITY; ALTER TABLE app.guarded FORCE ROW LEVEL SECURITY;
CREATE POLICY mine ON app.guarded USING (owner = current_user);
CREATE TABLE app.audit (what text);
CREATE FUNCTION app.never() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'this trigger breaks loading'; END $$;
CREATE TABLE app.triggered (id int); INSERT INTO app.triggered VALUES (1);
CREATE TRIGGER never BEFORE INSERT ON app.triggered FOR EACH ROW EXECUTE FUNCTION app.never();
ALTER TABLE app.triggered ENABLE ALWAYS TRIGGER never;
CREATE TABLE app.ruled (id int); INSERT INTO app.ruled VALUES (1);
CREATE RULE instead AS ON INSERT TO app.ruled DO INSTEAD NOTHING;
CREATE SEQUENCE app.counter MINVALUE -10 INCREMENT -1 START 5 MAXVALUE 9; SELECT nextval('app.counter'), nextval('app.counter');
CREATE SEQUENCE app.untouched;
CREATE VIEW app.names AS SELECT id, name, count(*) FROM app.person GROUP BY id;
CREATE MATERIALIZED VIEW app.moods AS SELECT mood, count(*) AS n FROM app.person GROUP BY mood;
CREATE UNIQUE INDEX moods_mood ON app.moods (mood);
CREATE MATERIALIZED VIEW app.moods_of_moods AS SELECT sum(n) AS total FROM app.moods;
CREATE MATERIALIZED VIEW app.by_person AS SELECT id, name FROM app.person GROUP BY id;
CREATE MATERIALIZED VIEW app.never_filled AS SELECT 1 AS one WITH NO DATA;
SELECT lo_from_bytea(4242, 'a large object'), lo_from_bytea(4243, decode(repeat('00ff', 100000), 'hex'));
COMMENT ON LARGE OBJECT 4242 IS 'large';
CREATE PUBLICATION published FOR TABLE app.person;
COMMENT ON TABLE app.person IS 'people'; COMMENT ON COLUMN app.person.name IS 'it''s'; COMMENT ON CONSTRAINT person_pkey ON app.person IS 'key';
`;

/** What only a superuser may have. `role` is one that may not be given privileges by name otherwise. */
export const SUPERUSER_SQL = (role: string) => `
CREATE FUNCTION app.note() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO app.audit VALUES (tg_tag); END $$;
CREATE EVENT TRIGGER note_${role} ON ddl_command_end EXECUTE FUNCTION app.note(); COMMENT ON EVENT TRIGGER note_${role} IS 'notes';
ALTER TABLE app.wife OWNER TO ${role};
GRANT SELECT (name), UPDATE ON app.person TO ${role}; GRANT USAGE ON SCHEMA app TO PUBLIC;
REVOKE ALL ON app.husband, app.counter FROM CURRENT_USER; GRANT SELECT ON LARGE OBJECT 4242 TO ${role};
ALTER DEFAULT PRIVILEGES IN SCHEMA app GRANT SELECT ON TABLES TO ${role};
`;
