import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import text from '../../../openapi.yaml?raw';
import type { Environment } from '../../../sdk/typescript/index.js';
import { newEnvironmentEquivalent } from './new-environment-equivalent.js';
import {
  bodyOf,
  firstDraft,
  newEnvironmentSchema,
  type NewEnvironmentDraft,
  type Origin,
} from './new-environment-schema.js';

const contract = parse(text) as { components: { schemas: Record<string, { example?: unknown }> } };
const ajv = new Ajv2020({ strict: false, validateFormats: false });
ajv.addSchema({ $id: 'contract', components: contract.components });
const isAllowed = ajv.compile({ $ref: 'contract#/components/schemas/EnvironmentCreate' });
const source = contract.components.schemas['Environment']?.example as Environment;
const origin: Origin = {
  snapshotId: '9d0a4f7e-64d6-4d6a-a3c8-5ed0b1d3be03',
  source,
  hasDatabase: true,
  hasFilestore: true,
};
const first = firstDraft(origin);
const written: NewEnvironmentDraft = {
  ...first,
  name: 'branch 17',
  database: { ...first.database, database: 'shop_17', password: 'a-secret' },
  filestorePath: '/srv/filestores/shop-17',
  neutralizeSql: 'DELETE FROM tokens',
  neutralizePaths: [],
};
const wrongIn = (draft: NewEnvironmentDraft, of = origin) =>
  newEnvironmentSchema(of)
    .safeParse(draft)
    .error?.issues.map(({ path }) => path.join('.'));

describe('a new environment', () => {
  it('begins beside its source, without the name and the password of that', () => {
    expect(first).toMatchObject({
      name: '',
      database: { host: 'db.internal', port: '5432', database: '', user: 'shop', password: '', tls: 'verify-full' },
      filestorePath: '/srv/filestores/',
    });
    expect(wrongIn(first)).toEqual(['name', 'database.database', 'filestorePath', 'neutralizeSql', 'neutralizePaths']);
  });

  it('is sent as the contract has it, with the pool of its source', () => {
    expect(wrongIn(written)).toBeUndefined();
    const body = bodyOf(written, origin);
    expect(isAllowed(body)).toBe(true);
    expect(body).toMatchObject({
      pool: source.pool,
      database: { port: 5432, password: 'a-secret' },
      neutralizePaths: [],
    });
  });

  it('has what the snapshot holds, and no more', () => {
    const filesAlone = { ...origin, hasDatabase: false };
    expect(wrongIn({ ...written, neutralizeSql: '', database: first.database }, filesAlone)).toBeUndefined();
    expect(bodyOf(written, filesAlone)).not.toHaveProperty('database');
    expect(bodyOf(written, filesAlone)).not.toHaveProperty('neutralizeSql');
    expect(bodyOf(written, { ...origin, hasFilestore: false })).not.toHaveProperty('filestorePath');
  });

  it('says what becomes of production’s data, unless it is production itself or accepts it', () => {
    const silent = { ...written, neutralizeSql: '', neutralizePaths: null };
    expect(wrongIn(silent)).toEqual(['neutralizeSql', 'neutralizePaths']);
    expect(wrongIn({ ...silent, allowUnneutralized: true })).toBeUndefined();
    expect(wrongIn({ ...silent, type: 'production' })).toBeUndefined();
    expect(bodyOf({ ...written, type: 'production' }, origin)).not.toHaveProperty('neutralizeSql');
    expect(wrongIn(silent, { ...origin, source: { ...source, type: 'staging' } })).toBeUndefined();
  });

  it.each([
    ['host', 'db internal'],
    ['port', '65536'],
    ['port', '5e3'],
    ['user', ''],
    ['database', 'a'.repeat(64)],
  ] as const)('is refused with the %s %j before it is sent', (field, value) => {
    expect(wrongIn({ ...written, database: { ...written.database, [field]: value } })).toEqual([`database.${field}`]);
  });

  it('has its password in no command', () => {
    const equivalent = newEnvironmentEquivalent(written, origin, 'shop/production');
    expect(JSON.stringify(equivalent)).not.toContain('a-secret');
    expect(equivalent.command).toContain('--env shop/production --from 9d0a4f7e');
  });
});
