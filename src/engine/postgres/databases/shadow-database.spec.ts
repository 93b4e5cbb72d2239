import { expect, it } from 'vitest';
import { keptDatabaseName, shadowDatabaseName } from './shadow-database.js';

const ID = '0B9D5E0C-3a54-4e63-9d4f-5f8b1c8f7a21';

it('derives names from the whole id that PostgreSQL does not cut off', () => {
  expect(shadowDatabaseName(ID)).toBe('snapback_shadow_0b9d5e0c3a544e639d4f5f8b1c8f7a21');
  expect(keptDatabaseName(ID)).toBe('snapback_kept_0b9d5e0c3a544e639d4f5f8b1c8f7a21');
  expect(shadowDatabaseName(ID).length).toBeLessThan(64);
});

it('takes nothing but a uuid', () => {
  expect(() => shadowDatabaseName('x"; DROP DATABASE erp')).toThrow(TypeError);
});
