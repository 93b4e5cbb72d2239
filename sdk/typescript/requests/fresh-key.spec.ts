import { expect, it } from 'vitest';
import { freshKey } from './fresh-key.js';

it('makes a random UUID each time', () => {
  const keys = Array.from({ length: 50 }, freshKey);
  expect(new Set(keys).size).toBe(50);
  for (const key of keys) expect(key).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
});
