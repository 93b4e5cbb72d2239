import { describe, expect, it } from 'vitest';
import { materialChanges } from './material-changes.js';
import type { Promised } from './material-changes.js';

const promised: Promised = {
  database: { name: 'shop', oid: 16400, owner: 'shop', serverMajor: 15, locale: 'UTF8 C C' },
  filestore: { path: '/srv/shop', inode: '42' },
  neutralize: false,
};
const { database, filestore } = promised;

describe('between the plan and its execution', () => {
  it('nothing has changed', () => {
    expect(materialChanges(promised, structuredClone(promised))).toEqual([]);
  });

  it.each([
    ['the database was made anew', { database: { ...database!, oid: 16500 } }, 'database-changed'],
    ['the environment names another database', { database: { ...database!, name: 'other' } }, 'database-changed'],
    ['the database has another owner', { database: { ...database!, owner: 'erp' } }, 'database-owner-changed'],
    ['the server was upgraded', { database: { ...database!, serverMajor: 16 } }, 'server-changed'],
    ['the database has another locale', { database: { ...database!, locale: 'UTF8 de de' } }, 'database-changed'],
    ['the database is gone from the environment', { database: null }, 'database-changed'],
    ['the link leads elsewhere', { filestore: { ...filestore!, path: '/srv/other' } }, 'filestore-changed'],
    ['the directory was replaced', { filestore: { ...filestore!, inode: '43' } }, 'filestore-changed'],
    ['the filestore is gone from the environment', { filestore: null }, 'filestore-changed'],
    ['the data is to be neutralised now', { neutralize: true }, 'neutralize-changed'],
  ])('%s', (_, changes, code) => {
    const [finding, ...more] = materialChanges(promised, { ...promised, ...changes });
    expect(finding).toMatchObject({ code, message: expect.stringContaining('plan it again') });
    expect(more).toEqual([]);
  });
});
