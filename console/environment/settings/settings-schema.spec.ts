import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import text from '../../../openapi.yaml?raw';
import type { SnapshotSettings } from '../../../sdk/typescript/index.js';
import { changedBetween, changesOf, draftOf, SETTING_NAMES, settingsSchema } from './settings-schema.js';

interface Schema {
  minimum?: number;
  maximum?: number;
  minLength?: number;
  maxLength?: number;
  enum?: unknown[];
  oneOf?: Schema[];
  $ref?: string;
  properties?: Record<string, Schema>;
  example?: unknown;
}

const contract = parse(text) as { components: { schemas: Record<string, Schema> } };
const { schemas } = contract.components;
const ajv = new Ajv2020({ strict: false, validateFormats: false });
ajv.addSchema({ $id: 'contract', components: contract.components });
const isAllowed = ajv.compile({ $ref: 'contract#/components/schemas/SnapshotSettingsUpdate' });
const properties = schemas['SnapshotSettingsUpdate']?.properties ?? {};
const example = schemas['SnapshotSettings']?.example as SnapshotSettings;

/** A schema and those that it is made of. */
function* parts(schema: Schema): Generator<Schema> {
  yield schema;
  if (schema.$ref !== undefined) yield* parts(schemas[schema.$ref.split('/').at(-1) ?? ''] ?? {});
  for (const one of schema.oneOf ?? []) yield* parts(one);
}

/** Values at the limits of a schema and beyond them, and of every kind. */
function candidates(schema: Schema): unknown[] {
  const entry = { cron: '0 3 * * *', timeZone: 'UTC' };
  const entries = [
    entry,
    { ...entry, keep: 0 },
    { ...entry, keep: 1 },
    { ...entry, keep: 1001 },
    { ...entry, keep: null },
    { cron: entry.cron },
    { ...entry, cron: '* * * *' },
    { ...entry, cron: '0'.repeat(201) },
    { ...entry, timeZone: 'no zone' },
    { ...entry, label: 'of another' },
  ].map((one) => [one]);
  return [
    ...[null, true, 0, 1, -1, 1.5, '', 'nonsense', 'Europe/Berlin', '1', 'a\u0000b', 'a\nb', [], {}],
    ...entries,
    Array.from({ length: 10 }, () => entry),
    Array.from({ length: 11 }, () => entry),
    ...[...parts(schema)].flatMap(({ minimum, maximum, minLength, maxLength, enum: names = [] }) => [
      ...names,
      ...[minimum, maximum].flatMap((limit) => (limit === undefined ? [] : [limit - 1, limit, limit + 1])),
      ...[minLength, maxLength].flatMap((limit) =>
        limit === undefined ? [] : ['a'.repeat(limit), 'a'.repeat(limit + 1)],
      ),
    ]),
  ];
}

describe('the form of the settings', () => {
  it('has every setting that can be changed, and no other', () => {
    expect(SETTING_NAMES.toSorted()).toEqual(Object.keys(properties).toSorted());
  });

  it.each(Object.keys(properties))('takes for %s what the contract takes, and refuses what it refuses', (name) => {
    const draft = draftOf(example);
    const differing = candidates(properties[name] ?? {}).filter(
      (value) => settingsSchema.safeParse({ ...draft, [name]: value }).success !== isAllowed({ [name]: value }),
    );
    expect(differing).toEqual([]);
  });

  it('sends only what is otherwise', () => {
    const draft = draftOf(example);
    expect(changesOf(example, draft)).toEqual({});
    expect(changesOf(example, { ...draft, keepDaily: null, schedule: [] })).toEqual({ keepDaily: null, schedule: [] });
  });

  it('tells what somebody else has changed', () => {
    expect(changedBetween(example, { ...example, retentionDays: 7, updatedAt: 'later' })).toEqual(['retentionDays']);
  });
});
