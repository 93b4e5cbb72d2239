import { expect, it } from 'vitest';
import type { DescribedObject } from '../postgres/description/described-object.js';
import { qualifiedName } from '../postgres/sql/quote.js';
import { primaryKeysIn } from './primary-keys.js';

const constraint = (name: string, type: string, statement: string): DescribedObject => ({
  kind: 'constraint',
  name,
  definition: { type, statement },
});

it('has the columns of each primary key, whatever they are called', async () => {
  const keys = await primaryKeysIn(
    (async function* () {
      yield [
        constraint('"t_pkey" ON "public"."t"', 'primary key', 'PRIMARY KEY (id)'),
        constraint('"p ON ""q" ON "S ON"."odd"" ON "', 'primary key', 'PRIMARY KEY ("a, ""b", c) INCLUDE (d)'),
        constraint('"u" ON "public"."t"', 'unique', 'UNIQUE (other)'),
        constraint('"w_pkey" ON "public"."w"', 'primary key', 'PRIMARY KEY ("x) y", y) DEFERRABLE'),
      ];
    })(),
  );
  expect(keys.get(qualifiedName({ schema: 'public', name: 't' }))).toEqual(['id']);
  expect(keys.get(qualifiedName({ schema: 'S ON', name: 'odd" ON ' }))).toEqual(['a, "b', 'c']);
  expect(keys.get(qualifiedName({ schema: 'public', name: 'w' }))).toEqual(['x) y', 'y']);
});
