import { describe, expect, it } from 'vitest';
import { equivalentOf, hasRules, withLayout, type Asked } from './export-asked.js';

const snapshot = { environmentId: 'e', id: '9d0a4f7e-64d6-4d6a-a3c8-5ed0b1d3be03' };
const where = {
  projectId: 'p',
  environmentId: 'e',
  projectName: 'webshop',
  environmentName: 'production',
  environmentType: 'production',
  zone: 'UTC',
} as const;
const asked: Asked = { format: 'zip', layout: 'plain', neutralizeFor: undefined };

describe('the command that exports a snapshot', () => {
  it('says what is not so anyway', () => {
    const begin = 'snapback snapshot export 9d0a4f7e --env webshop/production';
    expect(equivalentOf(asked, snapshot, where).command).toBe(`${begin} --to .`);
    const other: Asked = { format: 'tar_zst', layout: 'directory', neutralizeFor: { id: 's', name: "Ada's" } };
    expect(equivalentOf(other, snapshot, where)).toMatchObject({
      command: `${begin} --format tar_zst --layout directory --neutralize-for='webshop/Ada'\\''s' --to .`,
      body: { format: 'tar_zst', layout: 'directory', neutralizeFor: 's' },
    });
  });
});

it('makes a zip of what Odoo loads', () => {
  expect(withLayout({ ...asked, format: 'tar_zst' }, 'odoo')).toMatchObject({ format: 'zip', layout: 'odoo' });
});

it('offers an environment only that has rules for all that is in the snapshot', () => {
  const both = { databaseBytes: 1, filestoreBytes: 1 };
  expect(hasRules({ neutralizeSql: 'SELECT', neutralizePaths: null }, both)).toBe(false);
  expect(hasRules({ neutralizeSql: null, neutralizePaths: [] }, both)).toBe(false);
  expect(hasRules({ neutralizeSql: 'SELECT', neutralizePaths: [] }, both)).toBe(true);
  expect(hasRules({ neutralizeSql: 'SELECT', neutralizePaths: null }, { ...both, filestoreBytes: null })).toBe(true);
});
