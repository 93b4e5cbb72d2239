import { expect, it } from 'vitest';
import { type CompareOptions, compareDescriptions, definitionsDiffer } from './compare-descriptions.js';
import type { DescribedObject, Privilege } from './described-object.js';

const table = (name: string, more: Partial<DescribedObject> = {}): DescribedObject => ({
  kind: 'table',
  name: `"public"."${name}"`,
  owner: 'me',
  definition: {},
  ...more,
});

async function* streamOf(objects: readonly DescribedObject[]) {
  for (const object of objects) yield [object];
}

const OPTIONS: CompareOptions = {
  majors: { expected: 15, found: 15 },
  ownersAndPrivileges: true,
  roles: { own: 'me', existing: new Set(['me', 'app']) },
};

const compare = async (
  expected: readonly DescribedObject[],
  found: readonly DescribedObject[],
  options: Partial<CompareOptions> = {},
) => compareDescriptions(streamOf(expected), streamOf(found), { ...OPTIONS, ...options });

const grant = (grantee: string | null, privilege: string, grantor = 'me', grantable = false): Privilege => ({
  grantor,
  grantee,
  privilege,
  grantable,
});

it('reads on, on either side, where the other one has nothing', async () => {
  const [a, b, c, z] = ['a', 'b', 'c', '𝒵'].map((name) => table(name));
  const privateUse = table('\u{E000}');
  const { differences } = await compare([a!, c!, privateUse], [a!, b!, privateUse, z!]);
  expect(differences.map(({ aspect, name }) => [aspect, name])).toEqual([
    ['unexpected', b!.name],
    ['missing', c!.name],
    ['unexpected', z!.name],
  ]);
});

it('lists some and counts all', async () => {
  const many = Array.from({ length: 50 }, (_, at) => table(`t${10 + at}`));
  const comparison = await compare(many, [], { limit: 30 });
  expect(comparison).toMatchObject({ total: 50, differences: { length: 30 } });
  expect(definitionsDiffer(comparison)?.message).toMatch(/The table public\.t29: it is missing\. And 30 more\.$/);
  expect(definitionsDiffer(await compare(many, many))).toBeUndefined();
});

it('leaves out what it is told to', async () => {
  const subscription: DescribedObject = { kind: 'subscription', name: '"s"', owner: 'me', definition: {} };
  const defaults: DescribedObject = {
    kind: 'default privileges',
    name: 'FOR ROLE "app" ON TABLES',
    privileges: [],
    definition: { role: 'app', objects: 'TABLES' },
  };
  const found = [table('t', { owner: 'app', privileges: [] })];
  const options = { ownersAndPrivileges: false, leaveOut: ['subscription'] as const };
  expect(await compare([table('t'), subscription, defaults], found, options)).toEqual({ differences: [], total: 0 });
});

it('takes what belonged to roles that are not there for its own', async () => {
  const was = table('t', {
    owner: 'gone',
    privileges: [grant('gone', 'SELECT', 'gone'), grant('app', 'SELECT', 'gone', true), grant(null, 'SELECT', 'app')],
  });
  const is = table('t', {
    privileges: [grant('me', 'SELECT'), grant('app', 'SELECT', 'me', true), grant(null, 'SELECT', 'app')],
  });
  expect(await compare([was], [is])).toEqual({ differences: [], total: 0 });
});

it('does not mind in which order privileges were granted, and names those that differ', async () => {
  const all = [grant('me', 'SELECT'), grant('app', 'SELECT'), grant('app', 'INSERT')];
  expect((await compare([table('t', { privileges: all })], [table('t', { privileges: all.toReversed() })])).total).toBe(
    0,
  );
  const { differences } = await compare(
    [table('t', { privileges: all })],
    [table('t', { privileges: [grant('me', 'SELECT'), grant('app', 'SELECT', 'me', true), grant(null, 'SELECT')] })],
  );
  expect(differences.map(({ detail }) => detail)).toEqual([
    'The table public.t: SELECT for app with grant option was not there; SELECT for PUBLIC was not there; INSERT for app is missing.',
  ]);
});

it('compares across majors only what both print alike', async () => {
  const view = (query: string, more: DescribedObject['definition'] = {}): DescribedObject => ({
    kind: 'view',
    name: '"public"."v"',
    owner: 'me',
    privileges: [grant('me', 'SELECT')],
    definition: { query, columns: [{ name: 'a', type: 'integer', default: query }], ...more },
  });
  const notNull: DescribedObject = {
    kind: 'constraint',
    name: '"n" ON "public"."t"',
    definition: { type: 'not null' },
  };
  const newer = { ...view('SELECT a FROM t'), privileges: [grant('me', 'SELECT'), grant('me', 'MAINTAIN')] };
  const majors = { expected: 15, found: 18 };
  expect(await compare([view('SELECT t.a FROM t')], [newer, notNull], { majors })).toEqual({
    differences: [],
    total: 0,
  });
  const { differences } = await compare([view('x', { options: ['security_barrier=true'] })], [newer], { majors });
  expect(differences).toHaveLength(1);
});

it('shows neither programs nor options of foreign data', async () => {
  const was = table('t', { definition: { source: 'secret one', foreignOptions: { password: 'hash one', host: 'a' } } });
  const is = table('t', { definition: { source: 'secret two', foreignOptions: { password: 'hash two', host: 'a' } } });
  const { differences } = await compare([was], [is]);
  expect(differences.map(({ detail }) => detail)).toEqual([
    'The table public.t: source differ; foreign options differ: password.',
  ]);
});
