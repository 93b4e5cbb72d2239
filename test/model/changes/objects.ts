import { EXTENSION_TYPES } from '../values.js';
import type { KnownTable } from '../known-objects.js';
import type { World } from '../world.js';
import type { Change } from './change.js';

const MOST_VIEWS = 8;
const MOST_OF_A_TABLE = 3;
const OWNERS = ['app_owner', 'clerk', 'guest'] as const;
const ROLES = [...OWNERS, 'PUBLIC'] as const;

const withTable = (work: (world: World, table: KnownTable) => Promise<unknown>) => async (world: World) => {
  const table = await world.aTable();
  if (table) await work(world, table);
};

async function views(world: World): Promise<unknown> {
  const { dice } = world;
  const { views } = await world.objects();
  const view = dice.pick(views);
  if (view && (views.length >= MOST_VIEWS || dice.onceIn(4)))
    return world.define(`DROP ${view.isMaterialized ? 'MATERIALIZED ' : ''}VIEW ${view.sql} CASCADE`);
  if (view?.isMaterialized && dice.onceIn(2))
    return world.run(`REFRESH MATERIALIZED VIEW ${view.sql}${dice.onceIn(4) ? ' WITH NO DATA' : ''}`);
  const table = await world.aTable();
  const source = view && dice.onceIn(3) ? view.sql : table?.sql;
  const name = `app.${world.newName('view')}`;
  const kind = dice.pick(['VIEW', 'MATERIALIZED VIEW']);
  return source && world.define(`CREATE ${kind} ${name} AS SELECT count(*) AS n FROM ${source}`);
}

async function indexes(world: World, table: KnownTable): Promise<unknown> {
  const { dice } = world;
  const own = (await world.objects()).indexes.filter((index) => index.table === table.sql);
  if (own.length >= MOST_OF_A_TABLE) return world.define(`DROP INDEX ${dice.pick(own)!.sql} CASCADE`);
  const column = dice.pick(table.columns);
  if (!column) return undefined;
  const unique = column.sql === 'id' && dice.onceIn(2) ? 'UNIQUE ' : '';
  const tail = dice.pick(['', '', ` WHERE ${column.sql} IS NOT NULL`, ' WITH (fillfactor = 50)']);
  return world.define(`CREATE ${unique}INDEX ON ${table.sql} (${column.sql})${tail}`);
}

async function constraints(world: World, table: KnownTable): Promise<unknown> {
  const { dice } = world;
  const own = (await world.objects()).constraints.filter((one) => one.table === table.sql);
  const foreign = own.filter(({ kind }) => kind === 'f');
  const one = dice.pick(foreign.length >= 2 ? foreign : own);
  if (one && (foreign.length >= 2 || own.length > 5 || dice.onceIn(4)))
    return world.define(`ALTER TABLE ${table.sql} DROP CONSTRAINT ${one.sql} CASCADE`);
  const column = dice.pick(table.columns);
  if (!column) return undefined;
  const other = await world.aTable();
  const name = world.newName('holds');
  const made = [
    `CHECK (${column.sql}::text IS DISTINCT FROM 'never') NO INHERIT`,
    `CHECK (${column.sql}::text IS DISTINCT FROM 'never' OR id IS NULL)`,
    `FOREIGN KEY (id) REFERENCES ${other!.sql} (id) NOT VALID`,
    `FOREIGN KEY (id) REFERENCES ${other!.sql} (id) ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED`,
  ] as const;
  return world.define(`ALTER TABLE ${table.sql} ADD CONSTRAINT ${name} ${dice.pick(made)}`);
}

async function triggers(world: World, table: KnownTable): Promise<unknown> {
  const { dice } = world;
  const { triggers, policies } = await world.objects();
  const trigger = dice.pick(triggers.filter((one) => one.table === table.sql));
  const policy = dice.pick(policies.filter((one) => one.table === table.sql));
  if (trigger && dice.onceIn(2)) return world.define(`DROP TRIGGER ${trigger.sql} ON ${table.sql}`);
  if (policy && dice.onceIn(2)) return world.define(`DROP POLICY ${policy.sql} ON ${table.sql}`);
  if (trigger)
    return world.define(
      `ALTER TABLE ${table.sql} ${dice.pick(['DISABLE', 'ENABLE ALWAYS', 'ENABLE'])} TRIGGER ${trigger.sql}`,
    );
  const made = [
    `CREATE TRIGGER ${world.newName('touch')} BEFORE INSERT OR UPDATE ON ${table.sql} FOR EACH ROW EXECUTE FUNCTION app.touch()`,
    `ALTER TABLE ${table.sql} ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY; CREATE POLICY ${world.newName('few')} ON ${table.sql} USING (false)`,
    `ALTER TABLE ${table.sql} DISABLE ROW LEVEL SECURITY`,
  ] as const;
  return world.define(dice.pick(made));
}

async function privileges(world: World, table: KnownTable): Promise<unknown> {
  const { dice } = world;
  const role = dice.pick(ROLES);
  const column = dice.pick(table.columns);
  const choices = [
    `GRANT SELECT, UPDATE ON ${table.sql} TO ${role}`,
    `REVOKE ALL ON ${table.sql} FROM ${role}`,
    `ALTER TABLE ${table.sql} OWNER TO app_owner`,
    `COMMENT ON TABLE ${table.sql} IS 'said; in round -- "${world.newName('')}"'`,
    `ALTER DEFAULT PRIVILEGES IN SCHEMA app ${dice.pick(['GRANT SELECT ON TABLES TO', 'REVOKE SELECT ON TABLES FROM'])} clerk`,
    `GRANT USAGE ON SCHEMA app TO ${role}`,
    ...(column ? [`GRANT SELECT (${column.sql}) ON ${table.sql} TO ${role}`] : []),
  ];
  return world.run(dice.pick(choices)!);
}

/** Owners of all kinds of things, and privileges that a grantee passes on. */
async function owners(world: World, table: KnownTable): Promise<unknown> {
  const { dice } = world;
  const { views, sequences, types, schemas } = await world.objects();
  const [owner, other] = [dice.pick(OWNERS)!, dice.pick(OWNERS)!];
  const [view, sequence, type, schema] = [dice.pick(views), dice.pick(sequences), dice.pick(types), dice.pick(schemas)];
  const choices = [
    `ALTER TABLE ${table.sql} OWNER TO ${owner}`,
    `ALTER FUNCTION app.rate(int) OWNER TO ${owner}`,
    `GRANT USAGE ON SCHEMA app TO ${owner}; GRANT SELECT ON ${table.sql} TO ${owner} WITH GRANT OPTION;
     SET ROLE ${owner}; GRANT SELECT ON ${table.sql} TO ${other}; RESET ROLE`,
    `REVOKE GRANT OPTION FOR SELECT ON ${table.sql} FROM ${owner} CASCADE`,
    ...(view ? [`ALTER ${view.isMaterialized ? 'MATERIALIZED VIEW' : 'VIEW'} ${view.sql} OWNER TO ${owner}`] : []),
    ...(sequence ? [`ALTER SEQUENCE ${sequence} OWNER TO ${owner}`] : []),
    ...(type ? [`ALTER ${type.kind === 'd' ? 'DOMAIN' : 'TYPE'} ${type.sql} OWNER TO ${owner}`] : []),
    ...(schema ? [`ALTER SCHEMA ${schema} OWNER TO ${owner}`] : []),
  ];
  return world.run(dice.pick(choices)!);
}

async function sequences(world: World): Promise<unknown> {
  const { dice } = world;
  const { sequences } = await world.objects();
  const sequence = dice.pick(sequences);
  if (!sequence || (sequences.length < 6 && dice.onceIn(4)))
    return world.define(
      `CREATE ${dice.onceIn(5) ? 'UNLOGGED ' : ''}SEQUENCE app.${world.newName('counter')} START ${dice.below(100) + 1} INCREMENT ${dice.pick([1, -1, 7])} MINVALUE -1000`,
    );
  const literal = `'${sequence.replaceAll("'", "''")}'`;
  const uses = [
    `SELECT nextval(${literal}) FROM generate_series(1, ${dice.between(1, 40)})`,
    `SELECT setval(${literal}, ${dice.between(1, 5000)}, ${dice.onceIn(2)})`,
    `BEGIN; SELECT nextval(${literal}); ROLLBACK`,
    `ALTER SEQUENCE ${sequence} RESTART WITH ${dice.between(1, 99)}`,
    `ALTER SEQUENCE ${sequence} INCREMENT BY ${dice.between(2, 9)} CACHE ${dice.between(1, 9)}`,
  ] as const;
  return world.run(dice.pick(uses));
}

async function largeObjects(world: World): Promise<unknown> {
  const { dice } = world;
  const oid = 5000 + dice.below(8);
  const choices = [
    `SELECT lo_from_bytea(${oid}, convert_to(repeat('large ', ${dice.below(3000)}), 'UTF8'))`,
    `SELECT lo_unlink(${oid})`,
    `SELECT lo_put(${oid}, ${dice.below(9000)}, 'written later')`,
    `COMMENT ON LARGE OBJECT ${oid} IS 'large ${world.newName('')}'`,
    `GRANT SELECT ON LARGE OBJECT ${oid} TO clerk`,
    `ALTER LARGE OBJECT ${oid} OWNER TO app_owner`,
    `BEGIN; SELECT lo_unlink(${oid}); SELECT lo_from_bytea(${oid}, 'anew'); COMMIT`,
  ] as const;
  return world.run(dice.pick(choices));
}

async function extensions(world: World): Promise<unknown> {
  const { dice } = world;
  const name = dice.pick(Object.keys(EXTENSION_TYPES))!;
  const { extensions } = await world.objects();
  return world.define(
    extensions.includes(name) ? `DROP EXTENSION ${name} CASCADE` : `CREATE EXTENSION ${name} SCHEMA public`,
  );
}

async function publications(world: World, table: KnownTable): Promise<unknown> {
  const { dice } = world;
  return world.run(
    dice.pick([
      `CREATE PUBLICATION published FOR TABLE ${table.sql}`,
      'DROP PUBLICATION published',
      `CREATE STATISTICS app.${world.newName('related')} ON id, a FROM ${table.sql}`,
    ]),
  );
}

export const OBJECT_CHANGES: Change[] = [
  { name: 'views', weight: 3, run: views },
  { name: 'indexes', weight: 4, run: withTable(indexes) },
  { name: 'constraints', weight: 3, run: withTable(constraints) },
  { name: 'triggers and policies', weight: 2, run: withTable(triggers) },
  { name: 'privileges', weight: 4, run: withTable(privileges) },
  { name: 'owners', weight: 4, run: withTable(owners) },
  { name: 'sequences', weight: 5, run: sequences },
  { name: 'large objects', weight: 4, run: largeObjects },
  { name: 'extensions', weight: 1, run: extensions },
  { name: 'publications and statistics', weight: 1, run: withTable(publications) },
];
