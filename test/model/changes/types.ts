import type { KnownType } from '../known-objects.js';
import type { World } from '../world.js';
import type { Change } from './change.js';
import { aType } from './columns.js';

const withType =
  (kind: KnownType['kind'], work: (world: World, type: KnownType) => Promise<unknown>) => async (world: World) => {
    const type = world.dice.pick((await world.objects()).types.filter((type) => type.kind === kind));
    if (type) await work(world, type);
  };

const rename = (type: KnownType, from: string, to: string) =>
  `ALTER TYPE ${type.sql} RENAME VALUE '${from}' TO '${to}'`;

const MOST_TYPES = 14;

async function makeType(world: World): Promise<unknown> {
  const { types } = await world.objects();
  if (types.length >= MOST_TYPES) {
    const { sql, kind } = world.dice.pick(types)!;
    return world.define(`DROP ${kind === 'd' ? 'DOMAIN' : 'TYPE'} ${sql} CASCADE`);
  }
  const name = `app.${world.newName('type')}`;
  const made = [
    `CREATE TYPE ${name} AS ENUM ('low', 'middle', 'high')`,
    `CREATE DOMAIN ${name} AS ${await aType(world)}`,
    `CREATE TYPE ${name} AS (a int, b ${await aType(world)}, c text)`,
    `CREATE TYPE ${name} AS RANGE (SUBTYPE = ${world.dice.pick(['int4', 'numeric', 'int8'])})`,
  ] as const;
  return world.define(world.dice.pick(made));
}

export const TYPE_CHANGES: Change[] = [
  { name: 'make a type, or drop one', weight: 2, run: makeType },
  {
    name: 'rename a label',
    weight: 3,
    run: withType('e', async (world, type) => {
      const label = world.dice.pick(type.labels);
      if (label) await world.define(rename(type, label, world.newName('label')));
    }),
  },
  {
    name: 'swap two labels',
    weight: 3,
    run: withType('e', async (world, type) => {
      const [one, other] = type.labels;
      if (one === undefined || other === undefined) return;
      await world.define(
        `BEGIN; ${rename(type, one, 'passing')}; ${rename(type, other, one)}; ${rename(type, 'passing', other)}; COMMIT`,
      );
    }),
  },
  {
    name: 'rename a label and back again',
    weight: 2,
    run: withType('e', async (world, type) => {
      const label = world.dice.pick(type.labels);
      if (label === undefined) return;
      await world.run(rename(type, label, 'passing'));
      await world.run(rename(type, 'passing', label));
    }),
  },
  {
    name: 'add a label',
    weight: 1,
    run: withType('e', (world, type) => world.define(`ALTER TYPE ${type.sql} ADD VALUE '${world.newName('added')}'`)),
  },
  {
    name: 'attributes of a composite',
    weight: 3,
    run: withType('c', async (world, type) => {
      const attribute = world.dice.pick(type.attributes);
      const added = `ADD ATTRIBUTE ${attribute?.sql ?? 'a'} ${world.dice.pick(['text', 'int', 'numeric'])} CASCADE`;
      const changes = attribute
        ? [
            `DROP ATTRIBUTE ${attribute.sql} CASCADE, ${added}`,
            `DROP ATTRIBUTE ${attribute.sql} CASCADE`,
            `RENAME ATTRIBUTE ${attribute.sql} TO ${world.newName('attribute')} CASCADE`,
            `ADD ATTRIBUTE ${world.newName('attribute')} int CASCADE`,
          ]
        : [added];
      await world.define(`ALTER TYPE ${type.sql} ${world.dice.pick(changes)}`);
    }),
  },
  {
    name: 'domain',
    weight: 1,
    run: withType('d', (world, type) =>
      world.define(
        `ALTER DOMAIN ${type.sql} ${world.dice.pick(['SET NOT NULL', 'DROP NOT NULL', 'DROP DEFAULT', `ADD CONSTRAINT ${world.newName('holds')} CHECK (VALUE IS NULL OR VALUE::text <> 'never')`])}`,
      ),
    ),
  },
  {
    name: 'rename or move a type',
    weight: 1,
    async run(world) {
      const type = world.dice.pick((await world.objects()).types);
      if (!type) return;
      const to = world.dice.onceIn(2)
        ? `RENAME TO ${world.newName('type')}`
        : `SET SCHEMA ${world.dice.pick(['app', 'public'])}`;
      await world.define(`ALTER ${type.kind === 'd' ? 'DOMAIN' : 'TYPE'} ${type.sql} ${to}`);
    },
  },
  {
    name: 'rename a schema and back again, or for good',
    weight: 1,
    async run(world) {
      await world.define('ALTER SCHEMA app RENAME TO passing');
      await world.define('ALTER SCHEMA passing RENAME TO app');
    },
  },
];
