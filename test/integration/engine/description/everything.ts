/** One of everything that can be described, as SQL for a superuser; `{owner}` and `{reader}` are roles. */
export function everything(roles: { owner: string; reader: string }): string {
  return SQL.replaceAll('{owner}', roles.owner).replaceAll('{reader}', roles.reader);
}

const SQL = `
CREATE SCHEMA app AUTHORIZATION {owner};
COMMENT ON SCHEMA app IS 'what the application has';
GRANT USAGE ON SCHEMA app TO {reader};
CREATE SCHEMA "Odd ""schema""";
CREATE EXTENSION hstore;
CREATE EXTENSION unaccent;
ALTER FUNCTION public.unaccent(text) IMMUTABLE;
CREATE EXTENSION pg_trgm SCHEMA app;
COMMENT ON EXTENSION hstore IS 'pairs';

CREATE FUNCTION app.call_handler() RETURNS language_handler LANGUAGE c AS '$libdir/plpgsql', 'plpgsql_call_handler';
CREATE TRUSTED LANGUAGE own_language HANDLER app.call_handler;
GRANT USAGE ON LANGUAGE own_language TO {reader};
CREATE ACCESS METHOD own_heap TYPE TABLE HANDLER heap_tableam_handler;
CREATE FOREIGN DATA WRAPPER wrapper OPTIONS (debug 'true');
CREATE SERVER far VERSION '1' FOREIGN DATA WRAPPER wrapper OPTIONS (host 'example.test');
GRANT USAGE ON FOREIGN SERVER far TO {reader};
CREATE USER MAPPING FOR {owner} SERVER far OPTIONS (user 'me', password 'secret one');
CREATE USER MAPPING FOR PUBLIC SERVER far;

CREATE TYPE app.state AS ENUM ('new', 'it''s', 'done');
COMMENT ON TYPE app.state IS 'of an order';
CREATE TYPE app.pair AS (a int, b text COLLATE "C");
CREATE TYPE app.span AS RANGE (subtype = float8, subtype_diff = float8mi);
CREATE DOMAIN app.positive AS int DEFAULT 1 NOT NULL CONSTRAINT above CHECK (VALUE > 0);
ALTER DOMAIN app.positive ADD CONSTRAINT below CHECK (VALUE < 1000) NOT VALID;
CREATE TYPE app.shell;
CREATE TYPE app.own_int;
CREATE FUNCTION app.own_in(cstring) RETURNS app.own_int LANGUAGE internal IMMUTABLE STRICT AS 'int4in';
CREATE FUNCTION app.own_out(app.own_int) RETURNS cstring LANGUAGE internal IMMUTABLE STRICT AS 'int4out';
CREATE TYPE app.own_int (INPUT = app.own_in, OUTPUT = app.own_out, LIKE = int4, CATEGORY = 'N');
REVOKE USAGE ON TYPE app.state FROM PUBLIC;

CREATE FUNCTION app.twice(int) RETURNS int LANGUAGE sql IMMUTABLE PARALLEL SAFE COST 7 AS 'SELECT $1 * 2';
COMMENT ON FUNCTION app.twice(int) IS 'doubles';
CREATE FUNCTION app.many(n int DEFAULT 3, VARIADIC rest text[] DEFAULT '{}') RETURNS SETOF int LANGUAGE plpgsql
  SECURITY DEFINER SET search_path = app, pg_temp SET work_mem = '8MB' ROWS 5 AS $$ BEGIN RETURN QUERY SELECT 1; END $$;
CREATE FUNCTION app.body(int) RETURNS int LANGUAGE sql BEGIN ATOMIC SELECT $1 + 1; END;
CREATE FUNCTION app.pairs(OUT a int, OUT b text) LANGUAGE sql AS $$ SELECT 1, 'one' $$;
CREATE PROCEDURE app.act(IN a int, INOUT b text) LANGUAGE plpgsql AS $$ BEGIN b := a; END $$;
CREATE AGGREGATE app.total(int) (SFUNC = int4pl, STYPE = int, INITCOND = '0', COMBINEFUNC = int4pl, PARALLEL = safe);
CREATE AGGREGATE app.middle(float8 ORDER BY anyelement) (SFUNC = ordered_set_transition, STYPE = internal, FINALFUNC = percentile_disc_final, FINALFUNC_EXTRA);
CREATE FUNCTION app.place() RETURNS bigint LANGUAGE internal WINDOW IMMUTABLE STRICT AS 'window_row_number';
CREATE FUNCTION app.own_lt(app.own_int, app.own_int) RETURNS bool LANGUAGE internal IMMUTABLE STRICT AS 'int4lt';
CREATE FUNCTION app.own_eq(app.own_int, app.own_int) RETURNS bool LANGUAGE internal IMMUTABLE STRICT AS 'int4eq';
CREATE FUNCTION app.own_cmp(app.own_int, app.own_int) RETURNS int LANGUAGE internal IMMUTABLE STRICT AS 'btint4cmp';
REVOKE EXECUTE ON FUNCTION app.twice(int) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION app.twice(int) TO {reader};
GRANT EXECUTE ON PROCEDURE app.act(int, text) TO {reader};
ALTER FUNCTION app.body(int) OWNER TO {owner};
ALTER AGGREGATE app.total(int) OWNER TO {owner};

CREATE OPERATOR app.< (FUNCTION = app.own_lt, LEFTARG = app.own_int, RIGHTARG = app.own_int, RESTRICT = scalarltsel);
CREATE OPERATOR app.= (FUNCTION = app.own_eq, LEFTARG = app.own_int, RIGHTARG = app.own_int, COMMUTATOR = OPERATOR(app.=), HASHES, MERGES);
CREATE OPERATOR app.!!! (FUNCTION = app.twice, RIGHTARG = int);
CREATE OPERATOR FAMILY app.own_family USING btree;
CREATE OPERATOR CLASS app.own_class DEFAULT FOR TYPE app.own_int USING btree FAMILY app.own_family AS
  OPERATOR 1 app.<, OPERATOR 3 app.=, FUNCTION 1 app.own_cmp(app.own_int, app.own_int);
CREATE CAST (app.own_int AS int) WITHOUT FUNCTION AS ASSIGNMENT;
CREATE CAST (app.pair AS text) WITH INOUT;
CREATE FUNCTION app.from_sql(internal) RETURNS internal LANGUAGE internal IMMUTABLE AS 'prsd_lextype';
CREATE TRANSFORM FOR app.own_int LANGUAGE own_language (FROM SQL WITH FUNCTION app.from_sql(internal));
CREATE CONVERSION app.turn FOR 'UTF8' TO 'LATIN1' FROM utf8_to_iso8859_1;
CREATE COLLATION app.plain (PROVIDER = libc, LOCALE = 'C');
CREATE TEXT SEARCH PARSER app.parser (START = prsd_start, GETTOKEN = prsd_nexttoken, END = prsd_end, HEADLINE = prsd_headline, LEXTYPES = prsd_lextype);
CREATE TEXT SEARCH TEMPLATE app.template (INIT = dsimple_init, LEXIZE = dsimple_lexize);
CREATE TEXT SEARCH DICTIONARY app.dictionary (TEMPLATE = app.template, accept = true);
CREATE TEXT SEARCH CONFIGURATION app.configuration (PARSER = app.parser);
ALTER TEXT SEARCH CONFIGURATION app.configuration ADD MAPPING FOR asciiword, word WITH app.dictionary, pg_catalog.simple;

CREATE SEQUENCE app.counter AS int INCREMENT 2 MINVALUE 1 MAXVALUE 99 CYCLE CACHE 3;
CREATE TABLE app.customer (
  id int GENERATED ALWAYS AS IDENTITY (START 5) PRIMARY KEY,
  number serial,
  name text COLLATE "C" NOT NULL DEFAULT 'nobody',
  kind varchar(20) CHECK (kind IN ('a', 'b', 'c''s')),
  state app.state DEFAULT 'new',
  amount app.positive,
  price numeric(10, 2),
  total numeric GENERATED ALWAYS AS (price * 2) STORED,
  dropped int,
  extra hstore,
  note text,
  CONSTRAINT named UNIQUE (name, number) INCLUDE (note) DEFERRABLE INITIALLY DEFERRED,
  CONSTRAINT apart EXCLUDE USING btree (number WITH =) WHERE (number > 10)
) WITH (fillfactor = 70, toast.autovacuum_enabled = off);
ALTER TABLE app.customer DROP COLUMN dropped;
ALTER TABLE app.customer ALTER note SET STORAGE EXTERNAL, ALTER note SET COMPRESSION pglz, ALTER name SET STATISTICS 50, ALTER number SET (n_distinct = 5);
COMMENT ON TABLE app.customer IS 'who buys';
COMMENT ON COLUMN app.customer.name IS 'as it is written';
COMMENT ON CONSTRAINT named ON app.customer IS 'only once';
ALTER TABLE app.customer OWNER TO {owner};
ALTER TABLE app.customer REPLICA IDENTITY USING INDEX customer_pkey, CLUSTER ON customer_pkey;
ALTER TABLE app.customer ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
GRANT SELECT, INSERT ON app.customer TO {reader};
GRANT SELECT (name), UPDATE (name, note) ON app.customer TO PUBLIC;
GRANT UPDATE (price) ON app.customer TO {reader} WITH GRANT OPTION;
REVOKE TRUNCATE ON app.customer FROM {owner};
CREATE TABLE app."Order" (id bigint PRIMARY KEY, customer int REFERENCES app.customer ON DELETE CASCADE, at timestamptz DEFAULT now(), line app.pair);
ALTER TABLE app."Order" ADD CONSTRAINT later CHECK (id > 0) NOT VALID;
CREATE UNLOGGED TABLE app.scratch (v text) USING own_heap;
CREATE TABLE app.of_pair OF app.pair (a NOT NULL);
CREATE TABLE app.parent (p int DEFAULT 1, q text);
CREATE TABLE app.other_parent (r int CHECK (r > 0));
CREATE TABLE app.child (s int) INHERITS (app.parent, app.other_parent);
ALTER TABLE app.child ALTER p SET DEFAULT 2;
CREATE TABLE app.events (id int, at date NOT NULL, kind text) PARTITION BY RANGE (at, lower(kind));
CREATE TABLE app.plain_events (id int, at date NOT NULL, PRIMARY KEY (id, at)) PARTITION BY RANGE (at);
CREATE TABLE app.events_1 PARTITION OF app.plain_events FOR VALUES FROM ('2020-01-01') TO ('2021-01-01');
CREATE TABLE app.events_2 (at date NOT NULL, id int NOT NULL);
ALTER TABLE app.plain_events ATTACH PARTITION app.events_2 DEFAULT;
CREATE INDEX events_at ON app.plain_events (at);
CREATE TABLE app.refers (id int, at date, FOREIGN KEY (id, at) REFERENCES app.plain_events);
CREATE INDEX orders_lower ON app."Order" (lower((line).b), id DESC NULLS LAST) INCLUDE (customer) WITH (fillfactor = 60) WHERE id > 5;
CREATE INDEX customer_name ON app.customer USING gin (public.unaccent(name) app.gin_trgm_ops);
ALTER INDEX app.orders_lower ALTER COLUMN 1 SET STATISTICS 77;
COMMENT ON INDEX app.orders_lower IS 'to look up';
CREATE STATISTICS app.dependent (dependencies, ndistinct) ON name, number FROM app.customer;
ALTER STATISTICS app.dependent SET STATISTICS 33;
CREATE FOREIGN TABLE app.elsewhere (a int OPTIONS (column_name 'b'), b text) SERVER far OPTIONS (table_name 'secret', password 'two');
GRANT SELECT ON app.elsewhere TO {reader};

CREATE VIEW app.customers WITH (security_barrier = true) AS SELECT c.id, c.name, c.kind FROM app.customer c WHERE c.kind IN ('a', 'b') WITH CHECK OPTION;
ALTER VIEW app.customers ALTER name SET DEFAULT 'view';
CREATE VIEW app.joined AS SELECT o.*, c.name, x.* FROM app."Order" o JOIN app.customer c ON c.id = o.customer LEFT JOIN LATERAL (SELECT count(*) AS n FROM app.child) x ON true;
CREATE RECURSIVE VIEW app.numbers (n) AS VALUES (1) UNION ALL SELECT n + 1 FROM numbers WHERE n < 10;
CREATE MATERIALIZED VIEW app.summary WITH (fillfactor = 80) AS SELECT kind, count(*) AS n FROM app.customer GROUP BY kind;
CREATE UNIQUE INDEX summary_kind ON app.summary (kind);
CREATE FUNCTION app.touch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN new; END $$;
CREATE TRIGGER touched BEFORE UPDATE OF name ON app.customer FOR EACH ROW WHEN (old.name IS DISTINCT FROM new.name) EXECUTE FUNCTION app.touch('x');
ALTER TABLE app.customer DISABLE TRIGGER touched;
CREATE CONSTRAINT TRIGGER checked AFTER INSERT ON app."Order" DEFERRABLE FOR EACH ROW EXECUTE FUNCTION app.touch();
CREATE TRIGGER of_partitions AFTER INSERT ON app.plain_events FOR EACH ROW EXECUTE FUNCTION app.touch();
CREATE RULE no_delete AS ON DELETE TO app.parent DO INSTEAD NOTHING;
CREATE POLICY seen ON app.customer FOR SELECT TO {reader}, {owner} USING (kind = 'a');
CREATE POLICY everybody ON app.customer AS RESTRICTIVE USING (id > 0) WITH CHECK (id < 100);
COMMENT ON POLICY seen ON app.customer IS 'for readers';
CREATE FUNCTION app.on_ddl() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN END $$;
CREATE EVENT TRIGGER told ON ddl_command_end WHEN TAG IN ('CREATE TABLE') EXECUTE FUNCTION app.on_ddl();
ALTER EVENT TRIGGER told DISABLE;
CREATE PUBLICATION news FOR TABLE app.customer (id, name) WHERE (id > 5), TABLE app.parent WITH (publish = 'insert');
CREATE PUBLICATION whole FOR TABLES IN SCHEMA "Odd ""schema""";
CREATE SUBSCRIPTION sub CONNECTION 'host=nowhere.test password=secret' PUBLICATION news WITH (connect = false, slot_name = NONE, binary = true);
SELECT lo_create(4711), lo_create(4712);
COMMENT ON LARGE OBJECT 4711 IS 'a picture';
ALTER LARGE OBJECT 4711 OWNER TO {owner};
GRANT SELECT ON LARGE OBJECT 4712 TO {reader};
ALTER DEFAULT PRIVILEGES FOR ROLE {owner} IN SCHEMA app GRANT SELECT ON TABLES TO {reader};
ALTER DEFAULT PRIVILEGES FOR ROLE {owner} REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pg_catalog.pg_read_file(text) TO {reader};
REVOKE EXECUTE ON FUNCTION pg_catalog.pg_sleep(float8) FROM PUBLIC;
GRANT SELECT ON pg_catalog.pg_authid TO {reader};
REVOKE EXECUTE ON FUNCTION public.hstore(text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION public.hstore(text, text) TO {reader};
`;
