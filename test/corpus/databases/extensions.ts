import type { CorpusDatabase } from '../corpus-database.js';
import { sqlDatabase } from '../corpus-database.js';
import { words } from '../ask.js';
import type { Place } from '../place.js';
import type { World } from '../world.js';

/** By name of the extension: what it needs, and a table that uses it. */
interface Extension {
  sql: string;
  /** Debian's package for PostgreSQL 15, where it is none of PostgreSQL's own. */
  debian?: string;
  needs?: string[];
}

const series = (expression: string, rows = 500) => `SELECT n, ${expression} AS v FROM generate_series(1, ${rows}) n`;
const table = (type: string, expression: string, more = '') =>
  `CREATE TABLE used (n int PRIMARY KEY, v ${type}); INSERT INTO used ${series(expression)}; ${more}`;

const CONTRIB: Record<string, Extension> = {
  autoinc: {
    sql: `CREATE TABLE used (n int, id int); CREATE SEQUENCE ids;
      CREATE TRIGGER numbered BEFORE INSERT ON used FOR EACH ROW EXECUTE FUNCTION autoinc(id, ids);
      INSERT INTO used (n) SELECT generate_series(1, 100)`,
  },
  bloom: { sql: table('int', 'n % 7', 'CREATE INDEX ON used USING bloom (v, n)') },
  btree_gin: { sql: table('int', 'n % 7', 'CREATE INDEX ON used USING gin (v)') },
  btree_gist: {
    sql: `CREATE TABLE used (room int, during tsrange, EXCLUDE USING gist (room WITH =, during WITH &&));
      INSERT INTO used SELECT n, '[2026-01-01, 2026-01-02)' FROM generate_series(1, 200) n`,
  },
  citext: { sql: table('citext UNIQUE', `('Name ' || n)::citext`) },
  cube: { sql: table('cube', 'cube(n, n + 1)', 'CREATE INDEX ON used USING gist (v)') },
  dblink: {
    sql: table('int', 'n', `CREATE VIEW afar AS SELECT * FROM dblink('dbname=nowhere', 'SELECT 1') AS t(n int)`),
  },
  dict_int: {
    sql: `${table('text', `'12345678 ' || n`)} CREATE TEXT SEARCH CONFIGURATION numbers (COPY = simple);
      CREATE TEXT SEARCH DICTIONARY short_numbers (TEMPLATE = intdict_template, MAXLEN = 4);
      ALTER TEXT SEARCH CONFIGURATION numbers ALTER MAPPING FOR int WITH short_numbers;
      CREATE INDEX ON used USING gin (to_tsvector('public.numbers', v))`,
  },
  earthdistance: {
    needs: ['cube'],
    sql: `CREATE TABLE used (n int, lat float8, lon float8); INSERT INTO used SELECT n, n % 90, n % 180 FROM generate_series(1, 300) n`,
  },
  file_fdw: {
    sql: `CREATE SERVER files FOREIGN DATA WRAPPER file_fdw;
      CREATE FOREIGN TABLE outside (line text) SERVER files OPTIONS (filename '/etc/hostname'); CREATE TABLE used AS ${series('n')}`,
  },
  fuzzystrmatch: { sql: table('text', `'Name' || n`, 'CREATE INDEX ON used (soundex(v))') },
  hstore: { sql: table('hstore', `hstore('k', n::text)`, 'CREATE INDEX ON used USING gin (v)') },
  insert_username: {
    sql: `CREATE TABLE used (n int, who text);
      CREATE TRIGGER named BEFORE INSERT ON used FOR EACH ROW EXECUTE FUNCTION insert_username(who); INSERT INTO used SELECT generate_series(1, 99)`,
  },
  intarray: { sql: table('int[]', 'ARRAY[n, n + 1]', 'CREATE INDEX ON used USING gist (v gist__int_ops)') },
  isn: { sql: table('issn', `'1436-4522'::issn`) },
  lo: {
    sql: `${table('lo', `lo_from_bytea(0, 'x')`)} CREATE TRIGGER managed BEFORE UPDATE OR DELETE ON used FOR EACH ROW EXECUTE FUNCTION lo_manage(v)`,
  },
  ltree: { sql: table('ltree', `('a.b.c' || n)::ltree`, 'CREATE INDEX ON used USING gist (v)') },
  moddatetime: {
    sql: `CREATE TABLE used (n int, at timestamptz DEFAULT now());
      CREATE TRIGGER dated BEFORE UPDATE ON used FOR EACH ROW EXECUTE FUNCTION moddatetime(at); INSERT INTO used SELECT generate_series(1, 99)`,
  },
  pg_stat_statements: { sql: `CREATE TABLE used AS ${series('n')}` },
  pg_trgm: { sql: table('text', `'word ' || n`, 'CREATE INDEX ON used USING gin (v gin_trgm_ops)') },
  pgcrypto: { sql: table('bytea', `digest(n::text, 'sha256')`) },
  postgres_fdw: {
    sql: `CREATE SERVER away FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host '127.0.0.1', port '1');
      CREATE USER MAPPING FOR PUBLIC SERVER away OPTIONS (user 'u', password 'a secret');
      CREATE FOREIGN TABLE distant (n int) SERVER away; CREATE TABLE used AS ${series('n')}`,
  },
  refint: {
    sql: `CREATE TABLE used (n int PRIMARY KEY); CREATE TABLE child (n int);
      INSERT INTO used SELECT generate_series(1, 100); INSERT INTO child SELECT generate_series(1, 100);
      CREATE TRIGGER known BEFORE INSERT OR UPDATE ON child FOR EACH ROW EXECUTE FUNCTION check_primary_key('n', 'used', 'n')`,
  },
  seg: { sql: table('seg', `(n || ' .. ' || n + 1)::seg`, 'CREATE INDEX ON used USING gist (v)') },
  tablefunc: { sql: table('int', 'n', 'CREATE VIEW spread AS SELECT * FROM normal_rand(10, 5, 3) r') },
  tcn: {
    sql: table(
      'int',
      'n',
      'CREATE TRIGGER told AFTER UPDATE ON used FOR EACH ROW EXECUTE FUNCTION triggered_change_notification()',
    ),
  },
  tsm_system_rows: { sql: table('int', 'n', 'CREATE VIEW sampled AS SELECT * FROM used TABLESAMPLE system_rows(10)') },
  unaccent: { sql: table('text', `unaccent('é' || n)`) },
  'uuid-ossp': {
    sql: `CREATE TABLE used (n int, v uuid DEFAULT uuid_generate_v4()); INSERT INTO used SELECT generate_series(1, 100)`,
  },
  xml2: { sql: table('text', `'<a>' || n || '</a>'`, `CREATE VIEW read AS SELECT xpath_string(v, '/a') FROM used`) },
};

const DEBIAN: Record<string, Extension> = {
  asn1oid: { debian: 'asn1oid', sql: table('asn1oid', `('1.3.6.' || n)::asn1oid`) },
  debversion: {
    debian: 'debversion',
    sql: table('debversion', `('1:' || n || '-2')::debversion`, 'CREATE INDEX ON used (v)'),
  },
  extra_window_functions: { debian: 'extra-window-functions', sql: `CREATE TABLE used AS ${series('n')}` },
  first_last_agg: {
    debian: 'first-last-agg',
    sql: `CREATE TABLE used AS ${series('n')}; CREATE VIEW ends AS SELECT first(v) FROM used`,
  },
  hll: { debian: 'hll', sql: table('hll', 'hll_add(hll_empty(), hll_hash_integer(n))') },
  hypopg: { debian: 'hypopg', sql: `CREATE TABLE used AS ${series('n')}` },
  icu_ext: {
    debian: 'icu-ext',
    sql: `CREATE TABLE used AS ${series(`'é' || n`)}; CREATE INDEX ON used (icu_sort_key(v, 'en'))`,
  },
  ip4r: {
    debian: 'ip4r',
    sql: table('ip4r', `('10.0.' || n % 256 || '.0/24')::ip4r`, 'CREATE INDEX ON used USING gist (v)'),
  },
  jsquery: {
    debian: 'jsquery',
    sql: table('jsonb', `jsonb_build_object('n', n)`, 'CREATE INDEX ON used USING gin (v jsonb_path_value_ops)'),
  },
  numeral: { debian: 'numeral', sql: table('roman', `n::bigint::roman`) },
  orafce: {
    debian: 'orafce',
    sql: table(
      'oracle.varchar2(20)',
      `('v' || n)::oracle.varchar2`,
      'CREATE VIEW d AS SELECT n FROM oracle.dual, used',
    ),
  },
  pg_partman: {
    debian: 'partman',
    sql: `CREATE TABLE used (n int, at timestamptz NOT NULL) PARTITION BY RANGE (at);
      SELECT create_parent('public.used', 'at', 'native', 'monthly');
      INSERT INTO used SELECT n, now() FROM generate_series(1, 100) n`,
  },
  periods: {
    debian: 'periods',
    needs: ['btree_gist'],
    sql: `CREATE TABLE used (n int PRIMARY KEY, v text);
      SELECT periods.add_system_time_period('used'); SELECT periods.add_system_versioning('used');
      INSERT INTO used SELECT n, 'v' FROM generate_series(1, 100) n; UPDATE used SET v = 'w' WHERE n < 50`,
  },
  pgmp: { debian: 'pgmp', sql: table('mpz', `n::mpz * 1000000000`) },
  pgq: { debian: 'pgq3', sql: `SELECT pgq.create_queue('jobs'); CREATE TABLE used AS ${series('n')}` },
  pgrouting: {
    debian: 'pgrouting',
    needs: ['postgis'],
    sql: `CREATE TABLE used (id int PRIMARY KEY, source int, target int, cost float8);
      INSERT INTO used SELECT n, n, n + 1, 1 FROM generate_series(1, 100) n;
      CREATE VIEW way AS SELECT * FROM pgr_dijkstra('SELECT id, source, target, cost FROM public.used', 1, 50)`,
  },
  pg_sphere: {
    debian: 'pgsphere',
    sql: table('spoint', `spoint(n / 100.0, n / 1000.0)`, 'CREATE INDEX ON used USING gist (v)'),
  },
  pg_similarity: { debian: 'similarity', sql: `CREATE TABLE used AS ${series(`'w' || n`)}` },
  pgtap: { debian: 'pgtap', sql: `CREATE TABLE used AS ${series('n')}` },
  plpgsql_check: { debian: 'plpgsql-check', sql: `CREATE TABLE used AS ${series('n')}` },
  plsh: { debian: 'plsh', sql: `CREATE TABLE used AS ${series('n')}` },
  pointcloud: {
    debian: 'pointcloud',
    sql: `INSERT INTO pointcloud_formats (pcid, srid, schema) VALUES (1, 4326,
        '<?xml version="1.0"?><pc:PointCloudSchema xmlns:pc="http://pointcloud.org/schemas/PC/1.1"><pc:dimension><pc:position>1</pc:position><pc:size>4</pc:size><pc:name>X</pc:name><pc:interpretation>int32_t</pc:interpretation></pc:dimension><pc:dimension><pc:position>2</pc:position><pc:size>4</pc:size><pc:name>Y</pc:name><pc:interpretation>int32_t</pc:interpretation></pc:dimension></pc:PointCloudSchema>');
      ${table('pcpoint(1)', 'PC_MakePoint(1, ARRAY[n, n])')}`,
  },
  prefix: {
    debian: 'prefix',
    sql: table('prefix_range', `('0' || n)::prefix_range`, 'CREATE INDEX ON used USING gist (v)'),
  },
  q3c: {
    debian: 'q3c',
    sql: `CREATE TABLE used AS ${series('n / 10.0')}; CREATE INDEX ON used (q3c_ang2ipix(v, n / 100.0))`,
  },
  pg_rational: { debian: 'rational', sql: table('rational', `(n || '/7')::rational`, 'CREATE INDEX ON used (v)') },
  rum: {
    debian: 'rum',
    sql: table('tsvector', `to_tsvector('simple', 'a b ' || n)`, 'CREATE INDEX ON used USING rum (v rum_tsvector_ops)'),
  },
  semver: { debian: 'semver', sql: table('semver', `('1.2.' || n)::semver`, 'CREATE INDEX ON used (v)') },
  table_log: { debian: 'tablelog', sql: `CREATE TABLE used AS ${series('n')}` },
  tdigest: {
    debian: 'tdigest',
    sql: `CREATE TABLE used AS SELECT n % 5 AS n, tdigest(n, 100) AS v FROM generate_series(1, 500) n GROUP BY 1`,
  },
  unit: { debian: 'unit', sql: table('unit', `(n || ' km')::unit`) },
};

const POSTGIS: CorpusDatabase = {
  ...sqlDatabase({
    name: 'postgis-with-topology',
    about: 'geometry, geography and raster columns with indexes, a topology and its layer',
    before: `CREATE EXTENSION postgis; CREATE EXTENSION postgis_topology; GRANT ALL ON SCHEMA topology TO PUBLIC;
      GRANT ALL ON ALL TABLES IN SCHEMA topology TO PUBLIC; GRANT ALL ON ALL SEQUENCES IN SCHEMA topology TO PUBLIC`,
    sql: `
      CREATE TABLE places (id int PRIMARY KEY, g geometry(Point, 4326), geo geography(Point, 4326),
        area float8 GENERATED ALWAYS AS (ST_Area(ST_Buffer(g, 1))) STORED, CHECK (ST_IsValid(g)));
      INSERT INTO places SELECT n, ST_SetSRID(ST_MakePoint(n % 180, n % 90), 4326), ST_MakePoint(n % 180, n % 90)::geography
        FROM generate_series(1, 3000) n;
      CREATE INDEX ON places USING gist (g); CREATE INDEX ON places USING gist (geo);
      CREATE INDEX ON places USING gist (ST_Transform(g, 3857)); CREATE INDEX ON places (ST_GeoHash(g));
      CREATE VIEW buffered AS SELECT id, ST_Buffer(g, 2) AS g FROM places;
      CREATE MATERIALIZED VIEW hull AS SELECT ST_ConvexHull(ST_Collect(g)) AS g FROM places;
      SELECT topology.CreateTopology('parcels', 4326);
      CREATE TABLE parcel (id int PRIMARY KEY);
      SELECT topology.AddTopoGeometryColumn('parcels', 'public', 'parcel', 'shape', 'POLYGON');
      INSERT INTO parcel (id, shape) SELECT n, topology.toTopoGeom(ST_MakeEnvelope(n, 0, n + 1, 1, 4326), 'parcels', 1)
        FROM generate_series(1, 20) n;`,
    after: `INSERT INTO spatial_ref_sys (srid, auth_name, auth_srid, srtext, proj4text)
      VALUES (990001, 'corpus', 1, 'LOCAL_CS["corpus"]', '+proj=longlat')`,
    probes: [`SELECT count(*), sum(area) FROM places WHERE g && ST_MakeEnvelope(0, 0, 20, 20, 4326)`],
  }),
  packages: ['postgresql-15-postgis-3'],
  extensions: ['postgis', 'postgis_topology'],
};

/** Each in a database of its own: made by a superuser where the role may not, with a table of the role that uses it. */
export const extensions: CorpusDatabase[] = [
  POSTGIS,
  ...[...Object.entries(CONTRIB), ...Object.entries(DEBIAN)].map(([name, { sql, debian, needs = [] }]) => ({
    name: `${debian === undefined ? 'contrib' : 'debian'}-${name.toLowerCase().replaceAll('_', '-')}`,
    about: `the extension ${name}${debian === undefined ? '' : ` of Debian's postgresql-15-${debian}`}`,
    ...(debian !== undefined && { packages: [`postgresql-15-${debian}`] }),
    extensions: [...needs, name],
    missing: (world: World) => brokenHere(world, [...needs, name]),
    async build(place: Place) {
      for (const extension of [...needs, name]) {
        const create = `CREATE EXTENSION "${extension}"`;
        await place.asRole(create).catch(() => place.asSuperuser(`${create}; ${LET_USE}`));
      }
      await place.asRole(sql).catch(() => place.asSuperuser(`${sql}; ${giveTo(place.id)}`));
    },
  })),
];

/** Of a server's newer minor version than the package was made for: its script may be refused. */
async function brokenHere(world: World, names: readonly string[]): Promise<string | undefined> {
  const scratch = 'corpus_scratch';
  await world.asSuperuser(`CREATE DATABASE ${scratch} TEMPLATE template0`);
  try {
    for (const name of names) await world.asSuperuser(`CREATE EXTENSION "${name}"`, scratch);
    return undefined;
  } catch (error) {
    return `a superuser cannot create it: ${words(error)}`;
  } finally {
    await world.dropDatabase(scratch);
  }
}

/** An administrator who installs an extension lets people use it. */
const LET_USE = `
  DO $$ DECLARE what text; BEGIN
    FOR what IN SELECT format('GRANT USAGE ON SCHEMA %I TO PUBLIC; GRANT SELECT, INSERT ON ALL TABLES IN SCHEMA %1$I TO PUBLIC', nspname)
                  FROM pg_namespace WHERE nspname !~ '^pg_' AND nspname <> 'information_schema'
             UNION ALL SELECT format('GRANT USAGE ON FOREIGN DATA WRAPPER %I TO PUBLIC', fdwname) FROM pg_foreign_data_wrapper
             UNION ALL SELECT format('GRANT USAGE ON LANGUAGE %I TO PUBLIC', lanname) FROM pg_language WHERE lanpltrusted
    LOOP EXECUTE what; END LOOP;
  END $$`;

/** What a superuser had to make becomes the role's, as far as it lies in `public` and is no extension's. */
function giveTo(role: string): string {
  return `
    DO $$ DECLARE what text; BEGIN
      FOR what IN SELECT format('ALTER TABLE %s OWNER TO ${role}', c.oid::regclass)
                    FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p', 'v', 'f')
                     AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = c.oid AND d.deptype = 'e')
      LOOP EXECUTE what; END LOOP;
    END $$`;
}
