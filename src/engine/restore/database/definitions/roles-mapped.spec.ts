import { expect, it } from 'vitest';
import { rolesMapped } from './roles-mapped.js';

it('says nothing where every role is there', () => {
  expect(rolesMapped([])).toEqual([]);
});

it('names ten roles and counts the others', () => {
  const [finding] = rolesMapped(Array.from({ length: 12 }, (_, index) => `role${index}`));
  expect(finding).toMatchObject({ code: 'roles-mapped', message: expect.stringContaining('role9 and 2 more.') });
});
