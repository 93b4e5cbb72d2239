import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { drawnTests } from '../../harness/drawn-tests.js';
import { makeVault, type VaultFixture } from '../pack-vault/fixture.js';
import { PATIENCE } from './place.js';
import { outcome, roundTrip, SAME } from './round-trip.js';

vi.setConfig(PATIENCE);

/** Of one kind: this comes back, too. */
const scenario = drawnTests(1, { of: 4 });

let vault: VaultFixture;
beforeAll(async () => {
  vault = await makeVault();
});
afterAll(() => vault?.remove());

const partitions = (table: string, modulus: number, more = '') =>
  Array.from(
    { length: modulus },
    (_, n) =>
      `CREATE TABLE ${table}_${n} PARTITION OF ${table} FOR VALUES WITH (MODULUS ${modulus}, REMAINDER ${n}) ${more};`,
  ).join('\n');

/** Made after some others, so that labels have other identities in the copy than here, and in another order. */
const COLOURS = `
  CREATE TYPE passing AS ENUM ('a', 'b', 'c'); DROP TYPE passing;
  CREATE TYPE e AS ENUM ('one', 'three'); ALTER TYPE e ADD VALUE 'two' BEFORE 'three';`;
const LABELS = `(VALUES ('one'), ('two'), ('three')) l(k), generate_series(1, 20) n`;

it('puts rows back into the partitions that the hash of their enum now says', async () => {
  const trip = await roundTrip(vault, {
    setup: [
      ['owner', COLOURS],
      [
        'owner',
        `CREATE TABLE h (k e, v int) PARTITION BY HASH (k); ${partitions('h', 3)}
         INSERT INTO h SELECT k::e, n FROM ${LABELS};
         CREATE TABLE several (i int, k e, v int) PARTITION BY HASH (i, k); ${partitions('several', 4)}
         INSERT INTO several SELECT n, k::e, n FROM ${LABELS};
         CREATE TABLE indexed (k e, v int, n int GENERATED ALWAYS AS (v * 2) STORED, PRIMARY KEY (k, v)) PARTITION BY HASH (k); ${partitions('indexed', 3)}
         INSERT INTO indexed SELECT k::e, n FROM ${LABELS};
         CREATE TABLE refers (k e, v int, FOREIGN KEY (k, v) REFERENCES indexed); INSERT INTO refers SELECT k, v FROM indexed;
         CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE ''nothing may be added''; END';
         CREATE TABLE guarded (k e, v int) PARTITION BY HASH (k); ${partitions('guarded', 2)} INSERT INTO guarded SELECT k::e, n FROM ${LABELS};
         CREATE TRIGGER refuse BEFORE INSERT ON guarded FOR EACH ROW EXECUTE FUNCTION refuse()`,
      ],
    ],
    probes: [
      `SELECT k, count(*), sum(v) FROM h GROUP BY k ORDER BY k`,
      `SELECT count(*) FROM h WHERE k = 'two'`,
      `SELECT k, count(*), sum(v) FROM guarded GROUP BY k ORDER BY k`,
      `SELECT count(*) FROM several WHERE k = 'three' AND i = 7`,
      `SELECT n FROM indexed WHERE k = 'one' AND v = 5`,
    ],
  });
  expect(trip.control.failure).toBeUndefined();
  // Which partition a row is in is nobody's business.
  expect(outcome({ ...trip, differences: trip.differences.filter(isNotOfPartition) })).toEqual(SAME);
});

scenario('does so on every level, and where the enum is inside a domain or an expression', async () => {
  const trip = await roundTrip(vault, {
    setup: [
      ['owner', COLOURS],
      [
        'owner',
        `CREATE DOMAIN d AS e NOT NULL; CREATE DOMAIN dd AS d;
         CREATE TABLE nested (y int, k e, v int) PARTITION BY RANGE (y);
         CREATE TABLE nested_1 PARTITION OF nested FOR VALUES FROM (0) TO (10) PARTITION BY HASH (k); ${partitions('nested_1', 3)}
         CREATE TABLE nested_2 PARTITION OF nested FOR VALUES FROM (10) TO (100);
         INSERT INTO nested SELECT n, k::e, n FROM ${LABELS};
         CREATE TABLE outside (y int, k e, v int) PARTITION BY HASH (k); ${partitions('outside', 2, 'PARTITION BY LIST (y)')}
         CREATE TABLE outside_0_d PARTITION OF outside_0 DEFAULT; CREATE TABLE outside_1_d PARTITION OF outside_1 DEFAULT;
         INSERT INTO outside SELECT n, k::e, n FROM ${LABELS};
         CREATE TABLE of_domain (k dd, v int) PARTITION BY HASH (k); ${partitions('of_domain', 3)}
         INSERT INTO of_domain SELECT k::e, n FROM ${LABELS};
         CREATE TABLE of_expression (k e, v int) PARTITION BY HASH ((coalesce(k, 'two'::e))); ${partitions('of_expression', 3)}
         INSERT INTO of_expression SELECT k::e, n FROM ${LABELS}`,
      ],
    ],
    probes: [
      ...['nested', 'outside', 'of_domain', 'of_expression'].map(
        (table) => `SELECT (SELECT count(*) FROM ${table} WHERE k = 'two'), count(*), sum(v) FROM ${table}`,
      ),
    ],
  });
  expect(trip.control.differences.filter(isNotOfPartition).map(({ what }) => what)).toEqual([]);
  expect(outcome({ ...trip, differences: trip.differences.filter(isNotOfPartition) })).toEqual(SAME);
});

scenario('does so where the enum is inside an array, a range or a composite, which pg_dump does not see', async () => {
  const trip = await roundTrip(vault, {
    setup: [
      ['owner', COLOURS],
      [
        'owner',
        `CREATE DOMAIN d AS e NOT NULL; CREATE DOMAIN ds AS d[]; CREATE TYPE c AS (x int, k e); CREATE TYPE r AS RANGE (subtype = e);
         CREATE TABLE of_array (k e[], v int) PARTITION BY HASH (k); ${partitions('of_array', 5)}
         INSERT INTO of_array SELECT ARRAY[k::e, 'one'], n FROM ${LABELS};
         CREATE TABLE of_composite (k c, v int) PARTITION BY HASH (k); ${partitions('of_composite', 5)}
         INSERT INTO of_composite SELECT ROW(n, k)::c, n FROM ${LABELS};
         CREATE TABLE of_range (k r, v int) PARTITION BY HASH (k); ${partitions('of_range', 5)}
         INSERT INTO of_range SELECT r(k::e, NULL), n FROM ${LABELS};
         CREATE TABLE of_domains (k ds, v int) PARTITION BY HASH (k); ${partitions('of_domains', 5)}
         INSERT INTO of_domains SELECT ARRAY[k::e]::ds, n FROM ${LABELS}`,
      ],
    ],
    probes: [
      `SELECT count(*), sum(v) FROM of_array WHERE k = '{two,one}'`,
      `SELECT count(*), sum(v) FROM of_composite WHERE k = ROW(3, 'three')::c`,
      `SELECT count(*), sum(v) FROM of_range WHERE k = r('two', NULL)`,
      ...['of_array', 'of_composite', 'of_range'].map((table) => `SELECT k, v FROM ${table} ORDER BY v, k::text`),
    ],
  });
  expect(trip.control.failure).toMatch(/violates partition constraint/);
  expect(outcome({ ...trip, differences: trip.differences.filter(isNotOfPartition) })).toEqual(SAME);
});

/** One of a table's partitions has a check; which labels come into it after a restore nobody knows. */
const checkedIn = (n: number) =>
  `CREATE TABLE checked_in_${n} (k e, v int) PARTITION BY HASH (k); ${partitions(`checked_in_${n}`, 3)}
   ALTER TABLE checked_in_${n}_${n} ADD CHECK (known(v)); INSERT INTO checked_in_${n} SELECT k::e, n FROM ${LABELS};`;

scenario('waits with all partitions of a root for the rows that a check of one of them reads', async () => {
  const trip = await roundTrip(vault, {
    setup: [
      ['owner', COLOURS],
      [
        'owner',
        `CREATE TABLE z_known (v int PRIMARY KEY, pad text); INSERT INTO z_known SELECT n, repeat('x', 500) FROM generate_series(0, 999) n;
         CREATE FUNCTION known(int) RETURNS bool LANGUAGE plpgsql IMMUTABLE AS 'BEGIN RETURN EXISTS (SELECT FROM public.z_known WHERE v = $1); END';
         ${[0, 1, 2].map(checkedIn).join(' ')}`,
      ],
    ],
    probes: ['SELECT k, v FROM checked_in_1 ORDER BY v, k::text'],
  });
  expect(outcome({ ...trip, differences: trip.differences.filter(isNotOfPartition) })).toEqual(SAME);
});

scenario('leaves partitions alone that depend on no identity', async () => {
  const trip = await roundTrip(vault, {
    setup: [
      ['owner', COLOURS],
      [
        'owner',
        `CREATE TABLE listed (k e, v int) PARTITION BY LIST (k); CREATE TABLE listed_one PARTITION OF listed FOR VALUES IN ('one', 'two'); CREATE TABLE listed_rest PARTITION OF listed DEFAULT;
         INSERT INTO listed SELECT k::e, n FROM ${LABELS};
         CREATE TABLE ranged (k e, v int) PARTITION BY RANGE (k); CREATE TABLE ranged_low PARTITION OF ranged FOR VALUES FROM (MINVALUE) TO ('two'); CREATE TABLE ranged_high PARTITION OF ranged FOR VALUES FROM ('two') TO (MAXVALUE);
         INSERT INTO ranged SELECT k::e, n FROM ${LABELS};
         CREATE TABLE by_text (k text, v int) PARTITION BY HASH (k); ${partitions('by_text', 3)} INSERT INTO by_text SELECT k, n FROM ${LABELS}`,
      ],
    ],
  });
  expect(outcome(trip)).toEqual(SAME);
});

function isNotOfPartition({ what }: { what: string }): boolean {
  return !/^rows of public\..*_\d(_d)?$/.test(what);
}
