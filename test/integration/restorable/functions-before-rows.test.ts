import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { drawnTests } from '../../harness/drawn-tests.js';
import { usually } from '../../harness/thorough.js';
import { makeVault, type VaultFixture } from '../pack-vault/fixture.js';
import { PATIENCE } from './place.js';
import { outcome, roundTrip, SAME, untold } from './round-trip.js';

vi.setConfig(PATIENCE);

/** Of one kind: this comes back, too. */
const scenario = drawnTests(2, { of: 6 });

let vault: VaultFixture;
beforeAll(async () => {
  vault = await makeVault();
});
afterAll(() => vault?.remove());

/** Of tables that take a while to load. */
const ROWS = usually(8_000, 30_000);

/** A table that takes a while to load, and functions that read it: none of them is what it was before all rows are there. */
const LOOK_UP = `
  CREATE TABLE a_lookup (k int PRIMARY KEY, hot bool, r int, pad text);
  INSERT INTO a_lookup SELECT k, k % 2 = 0, k * 10, repeat('pad', 60) FROM generate_series(1, ${ROWS}) k;
  CREATE FUNCTION is_hot(int) RETURNS bool LANGUAGE sql IMMUTABLE AS 'SELECT hot FROM public.a_lookup WHERE k = $1';
  CREATE FUNCTION rate(int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS 'BEGIN RETURN (SELECT r FROM public.a_lookup WHERE k = $1); END';
  CREATE FUNCTION known(int) RETURNS bool LANGUAGE sql IMMUTABLE AS 'SELECT $1 IS NULL OR EXISTS (SELECT FROM public.a_lookup WHERE k = $1)';
  CREATE FUNCTION sure(int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS
    'BEGIN IF NOT public.known($1) THEN RAISE ''% is not known'', $1; END IF; RETURN $1; END'`;

it('builds what is over a function that reads another table when that one has its rows: indexes, exclusions, statistics', async () => {
  const trip = await roundTrip(vault, {
    setup: [
      [
        'owner',
        `CREATE TABLE zflags (k int PRIMARY KEY, hot bool, pad text);
         INSERT INTO zflags SELECT k, k % 2 = 0, repeat('pad', 300) FROM generate_series(1, ${ROWS}) k;
         CREATE FUNCTION is_hot(int) RETURNS bool LANGUAGE sql IMMUTABLE AS 'SELECT hot FROM public.zflags WHERE k = $1';
         CREATE FUNCTION sure(int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS
           'BEGIN IF NOT EXISTS (SELECT FROM public.zflags WHERE k = $1) THEN RAISE ''% is not known'', $1; END IF; RETURN $1; END';
         CREATE TABLE item (i int); INSERT INTO item SELECT generate_series(1, 200);
         CREATE INDEX item_hot ON item (i) WHERE is_hot(i); CREATE INDEX item_is_hot ON item ((is_hot(i)));
         CREATE UNIQUE INDEX item_sure ON item (sure(i)) INCLUDE (i);
         CREATE TABLE only_one (i int, EXCLUDE USING btree (sure(i) WITH =) WHERE (is_hot(i))); INSERT INTO only_one SELECT generate_series(1, 100);
         CREATE TABLE counted (i int, j int); INSERT INTO counted SELECT n, n FROM generate_series(1, 500) n;
         CREATE STATISTICS counted_sure ON (sure(i)), (is_hot(j)) FROM counted;
         CREATE TABLE later (i int); INSERT INTO later VALUES (1), (-1); ALTER TABLE later ADD CHECK (is_hot(i)) NOT VALID;
         CREATE FUNCTION touched() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.i := -7; RETURN NEW; END';
         CREATE TRIGGER touched BEFORE INSERT OR UPDATE ON later FOR EACH ROW WHEN (is_hot(NEW.i) IS NOT TRUE) EXECUTE FUNCTION touched()`,
      ],
    ],
  });
  expect(trip.control).toEqual({ differences: [] });
  expect(outcome(trip)).toEqual(SAME);
});

scenario('gives generated columns that a function of other rows makes the values they had', async () => {
  const trip = await roundTrip(vault, {
    setup: [
      [
        'owner',
        `CREATE TABLE a_rate (k int PRIMARY KEY, r numeric, pad text);
         INSERT INTO a_rate SELECT k, k * 1.5, repeat('pad', 60) FROM generate_series(1, ${ROWS}) k;
         CREATE FUNCTION rate(int) RETURNS numeric LANGUAGE plpgsql IMMUTABLE AS 'BEGIN RETURN (SELECT r FROM public.a_rate WHERE k = $1); END';
         CREATE TABLE z_child (i int, v numeric GENERATED ALWAYS AS (rate(i)) STORED); INSERT INTO z_child SELECT generate_series(1, 200);
         CREATE FUNCTION of_child(int) RETURNS numeric LANGUAGE plpgsql IMMUTABLE AS 'BEGIN RETURN (SELECT max(v) FROM public.z_child WHERE i = $1); END';
         CREATE TABLE zz_grandchild (i int, w numeric GENERATED ALWAYS AS (of_child(i) + 1) STORED); INSERT INTO zz_grandchild SELECT generate_series(1, 20);
         CREATE TABLE z_parted (i int, v numeric GENERATED ALWAYS AS (rate(i)) STORED) PARTITION BY RANGE (i);
         CREATE TABLE z_low PARTITION OF z_parted FOR VALUES FROM (0) TO (50); CREATE TABLE z_high PARTITION OF z_parted FOR VALUES FROM (50) TO (1000);
         INSERT INTO z_parted SELECT generate_series(1, 99);
         CREATE TABLE z_base (i int, v numeric GENERATED ALWAYS AS (rate(i)) STORED); CREATE TABLE z_heir (j int) INHERITS (z_base);
         INSERT INTO z_heir (i, j) SELECT n, n FROM generate_series(1, 9) n;
         CREATE TABLE z_indexed (i int, v numeric GENERATED ALWAYS AS (rate(i)) STORED UNIQUE CHECK (v > 0)); INSERT INTO z_indexed SELECT generate_series(1, 99);
         CREATE TABLE z_refers (v numeric REFERENCES z_indexed (v)); INSERT INTO z_refers SELECT v FROM z_indexed`,
      ],
    ],
  });
  expect(trip.control).toEqual({ differences: [] });
  expect(outcome(trip)).toEqual(SAME);
});

scenario('says so where generated values depend on an order that nothing tells', async () => {
  const trip = await roundTrip(vault, {
    setup: [
      [
        'owner',
        `CREATE TABLE z_rate (k int PRIMARY KEY, r int); INSERT INTO z_rate SELECT k, k * 10 FROM generate_series(1, ${ROWS}) k;
         CREATE FUNCTION rate(int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS 'BEGIN RETURN (SELECT r FROM public.z_rate WHERE k = $1); END';
         CREATE TABLE b_reads_rows (i int, v int GENERATED ALWAYS AS (rate(i)) STORED); INSERT INTO b_reads_rows SELECT generate_series(1, 20);
         CREATE FUNCTION of_rows(int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS 'BEGIN RETURN (SELECT max(v) FROM public.b_reads_rows WHERE i = $1); END';
         CREATE TABLE a_reads_generated (i int, w int GENERATED ALWAYS AS (of_rows(i)) STORED); INSERT INTO a_reads_generated SELECT generate_series(1, 20)`,
      ],
    ],
  });
  // pg_restore computes both before what they read is there.
  expect(trip.control.differences.map(({ what }) => what)).toContain('rows of public.b_reads_rows');
  expect(trip.differences.map(({ what }) => what)).not.toContain('rows of public.b_reads_rows');
  expect(untold(trip)).toEqual([]);
});

scenario('makes a table whose generated column needs a table that the archive makes later', async () => {
  const trip = await roundTrip(vault, {
    setup: [
      [
        'owner',
        `CREATE TABLE z_rate (k int PRIMARY KEY, r int); INSERT INTO z_rate SELECT k, k * 10 FROM generate_series(1, 100) k;
         CREATE FUNCTION rate(int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT r FROM public.z_rate WHERE k = $1';
         CREATE TABLE a_reads_rows (i int, v int GENERATED ALWAYS AS (rate(i)) STORED); INSERT INTO a_reads_rows SELECT generate_series(1, 20)`,
      ],
    ],
  });
  // An SQL function is looked into when the table is made, and its text is nothing that pg_dump orders by.
  expect(trip.control.failure).toMatch(/relation "public.z_rate" does not exist/);
  expect(untold(trip)).toEqual([]);
});

scenario(
  'checks rows by a function of other rows when those are there: of a table, a domain, an array, a composite',
  async () => {
    const trip = await roundTrip(vault, {
      setup: [
        [
          'owner',
          `${LOOK_UP};
         CREATE TABLE z_child (i int CHECK (known(i))); INSERT INTO z_child SELECT generate_series(1, 100);
         CREATE DOMAIN code AS int CHECK (known(VALUE)); CREATE DOMAIN inner_code AS code CHECK (sure(VALUE) > 0);
         CREATE TYPE pair AS (a text, c code); CREATE TYPE deep AS (p pair[], n int);
         CREATE DOMAIN pairs AS pair[] CHECK (known((VALUE[1]).c));
         CREATE TABLE z_domain (c code, d inner_code); INSERT INTO z_domain VALUES (1, 2), (3, NULL);
         CREATE TABLE z_array (c code[]); INSERT INTO z_array VALUES ('{1,2}'), ('{3,NULL}');
         CREATE TABLE z_composite (p pair); INSERT INTO z_composite VALUES (('x', 5)), (('y', 6));
         CREATE TABLE z_deep (d deep, ds pairs); INSERT INTO z_deep VALUES (ROW(ARRAY[('x', 7)::pair], 1), ARRAY[('y', 8)::pair]);
         CREATE TYPE span AS RANGE (subtype = code); CREATE TABLE z_range (s span, m span_multirange); INSERT INTO z_range VALUES (span(1, 5), '{[6,7)}');
         CREATE TABLE z_typed OF pair; INSERT INTO z_typed VALUES ('x', 9);
         CREATE TABLE z_parent (i int CHECK (sure(i) > 0)); CREATE TABLE z_heir () INHERITS (z_parent); INSERT INTO z_heir VALUES (10), (11)`,
        ],
      ],
    });
    expect(trip.control).toEqual({ differences: [] });
    expect(outcome(trip)).toEqual(SAME);
  },
);

scenario('finds the partition of a row by a function of other rows when those are there', async () => {
  const trip = await roundTrip(vault, {
    setup: [
      [
        'owner',
        `${LOOK_UP};
         CREATE TABLE z_ranged (i int) PARTITION BY RANGE (rate(i));
         CREATE TABLE z_ranged_low PARTITION OF z_ranged FOR VALUES FROM (0) TO (500); CREATE TABLE z_ranged_high PARTITION OF z_ranged FOR VALUES FROM (500) TO (100000);
         CREATE TABLE z_ranged_rest PARTITION OF z_ranged DEFAULT; INSERT INTO z_ranged SELECT generate_series(1, 200); INSERT INTO z_ranged VALUES (-1);
         CREATE TABLE z_listed (i int) PARTITION BY LIST (is_hot(i)); CREATE TABLE z_hot PARTITION OF z_listed FOR VALUES IN (true) PARTITION BY HASH (sure(i));
         CREATE TABLE z_hot0 PARTITION OF z_hot FOR VALUES WITH (MODULUS 2, REMAINDER 0); CREATE TABLE z_hot1 PARTITION OF z_hot FOR VALUES WITH (MODULUS 2, REMAINDER 1);
         CREATE TABLE z_cold PARTITION OF z_listed FOR VALUES IN (false); INSERT INTO z_listed SELECT generate_series(1, 50)`,
      ],
    ],
  });
  expect(trip.control).toEqual({ differences: [] });
  expect(outcome(trip)).toEqual(SAME);
});

scenario('waits with operators, casts and operator classes that read other rows, too', async () => {
  const trip = await roundTrip(vault, {
    as: 'superuser',
    setup: [
      [
        'owner',
        `${LOOK_UP};
         CREATE FUNCTION same_rate(int, int) RETURNS bool LANGUAGE sql IMMUTABLE AS 'SELECT public.rate($1) = public.rate($2)';
         CREATE OPERATOR ~~~ (LEFTARG = int, RIGHTARG = int, FUNCTION = same_rate);
         CREATE TABLE z_operator (i int, j int, CHECK (i ~~~ j)); INSERT INTO z_operator SELECT n, n FROM generate_series(1, 50) n;
         CREATE TYPE euros AS (amount int); CREATE FUNCTION in_euros(int) RETURNS euros LANGUAGE sql IMMUTABLE AS 'SELECT ROW(public.rate($1))::public.euros';
         CREATE CAST (int AS euros) WITH FUNCTION in_euros(int);
         CREATE TABLE z_cast (i int CHECK ((i::euros).amount > 0)); INSERT INTO z_cast SELECT generate_series(1, 50);
         CREATE FUNCTION rate_order(int, int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT pg_catalog.btint4cmp(-public.rate($1), -public.rate($2))';
         CREATE FUNCTION rate_less(int, int) RETURNS bool LANGUAGE sql IMMUTABLE AS 'SELECT public.rate_order($1, $2) < 0';
         CREATE FUNCTION rate_more(int, int) RETURNS bool LANGUAGE sql IMMUTABLE AS 'SELECT public.rate_order($1, $2) > 0';
         CREATE OPERATOR <<< (LEFTARG = int, RIGHTARG = int, FUNCTION = rate_less, COMMUTATOR = >>>); CREATE OPERATOR >>> (LEFTARG = int, RIGHTARG = int, FUNCTION = rate_more);
         CREATE OPERATOR CLASS by_rate FOR TYPE int USING btree AS OPERATOR 1 <<<, OPERATOR 3 ~~~, OPERATOR 5 >>>, FUNCTION 1 rate_order(int, int);
         CREATE TABLE z_class (i int); INSERT INTO z_class SELECT generate_series(1, 300); CREATE INDEX z_class_by_rate ON z_class (i by_rate)`,
      ],
    ],
    probes: ['SET enable_seqscan = off; SET enable_bitmapscan = off; SELECT count(*) FROM z_class WHERE i <<< 100'],
  });
  expect(trip.control).toEqual({ differences: [] });
  expect(outcome(trip)).toEqual(SAME);
});
