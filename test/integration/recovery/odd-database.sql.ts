/** What a plain load in the order of the archive, under an empty search_path, would fail at or lose. As a superuser. */
export const ODD_DATABASE = (owner: string, database: string) => `
  ALTER DATABASE "${database}" SET search_path = app, public;
  ALTER DATABASE "${database}" SET "my.setting" = 'it''s a \\ value';
  ALTER ROLE "${owner}" IN DATABASE "${database}" SET work_mem = '5MB';
  COMMENT ON DATABASE "${database}" IS 'of tests';
  ALTER DATABASE "${database}" CONNECTION LIMIT 50;
  GRANT CREATE ON DATABASE "${database}" TO "${owner}" WITH GRANT OPTION;
  CREATE SCHEMA app; SET search_path = app, public;
  CREATE SCHEMA "odd ""na'me\n\t";
  CREATE DOMAIN "odd ""na'me\n\t".positive AS int CHECK (VALUE > 0);
  CREATE TYPE mood AS ENUM ('fine', 'so, so');
  CREATE TABLE limits (name text PRIMARY KEY, most int);
  INSERT INTO limits VALUES ('amount', 100000);
  -- Reads another table when a row comes in, under a path of its own.
  CREATE FUNCTION within_limit(int) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS 'BEGIN RETURN $1 <= (SELECT most FROM limits WHERE name = ''amount''); END';
  CREATE TABLE accounts (id int PRIMARY KEY, amount int CHECK (within_limit(amount)));
  INSERT INTO accounts SELECT i, i FROM generate_series(1, 300) i;
  CREATE TABLE customer (id serial PRIMARY KEY, name text NOT NULL, mood mood DEFAULT 'fine', tags text[], photo bytea,
                         upper_name text GENERATED ALWAYS AS (upper(name)) STORED, amount int CHECK (within_limit(amount)));
  CREATE TABLE "odd ""na'me\n\t"."order lines" (customer int REFERENCES customer, amount "odd ""na'me\n\t".positive, "a\nb" interval);
  CREATE TABLE nothing (); CREATE TABLE empty (a int);
  INSERT INTO customer (name, tags, photo, amount)
    SELECT E'tab\\there \\\\. line\\nend ' || i, ARRAY['a', NULL, '"', ''], decode(md5(i::text), 'hex'), i FROM generate_series(1, 2000) i;
  INSERT INTO customer (name, mood) VALUES ('\\.', 'so, so'), ('', NULL);
  INSERT INTO "odd ""na'me\n\t"."order lines" SELECT i, i, make_interval(secs => i * 1.5) FROM generate_series(1, 500) i;
  INSERT INTO nothing SELECT FROM generate_series(1, 3);
  CREATE TABLE by_mood (mood mood, id int) PARTITION BY HASH (mood);
  CREATE TABLE by_mood_0 PARTITION OF by_mood FOR VALUES WITH (MODULUS 2, REMAINDER 0);
  CREATE TABLE by_mood_1 PARTITION OF by_mood FOR VALUES WITH (MODULUS 2, REMAINDER 1);
  INSERT INTO by_mood SELECT (ARRAY['fine', 'so, so'])[1 + i % 2]::mood, i FROM generate_series(1, 50) i;
  CREATE INDEX ON customer (upper_name); CREATE INDEX ON accounts ((within_limit(amount))) WHERE amount < 0;
  CREATE MATERIALIZED VIEW totals AS SELECT customer, sum(amount) FROM "odd ""na'me\n\t"."order lines" GROUP BY 1;
  CREATE MATERIALIZED VIEW last AS SELECT max(customer) FROM totals;
  CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.name := NEW.name || ''!''; RETURN NEW; END';
  CREATE TRIGGER touch BEFORE INSERT ON customer FOR EACH ROW EXECUTE FUNCTION touch();
  CREATE FUNCTION note() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION ''no more''; END';
  ALTER TABLE customer ENABLE ROW LEVEL SECURITY;
  CREATE POLICY mine ON customer TO "${owner}" USING (name <> '');
  ALTER TABLE limits OWNER TO "${owner}";
  COMMENT ON TABLE customer IS 'who buys';
  GRANT SELECT ON customer TO PUBLIC; GRANT INSERT (name) ON customer TO "${owner}";
  ALTER DEFAULT PRIVILEGES IN SCHEMA app GRANT SELECT ON TABLES TO "${owner}";
  SELECT lo_from_bytea(4711, decode(repeat('c0ffee', 5000), 'hex'));
  ALTER LARGE OBJECT 4711 OWNER TO "${owner}";
  SELECT setval('customer_id_seq', 77777);
  CREATE EVENT TRIGGER note ON ddl_command_start WHEN TAG IN ('CREATE VIEW') EXECUTE FUNCTION note();`;
