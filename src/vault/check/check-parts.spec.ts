import { hash } from 'node:crypto';
import { expect, it } from 'vitest';
import { isChosen } from './check-parts.js';

it('reads about as many packs as asked for, and of more percent those of fewer too', () => {
  const ids = Array.from({ length: 2000 }, (_, number) => hash('sha256', `pack ${number}`, 'buffer'));
  const chosen = (percent: number): Buffer[] => ids.filter((id) => isChosen(id, percent));
  expect(chosen(0)).toEqual([]);
  expect(chosen(100)).toEqual(ids);
  expect(chosen(10).length).toBeGreaterThan(140);
  expect(chosen(10).length).toBeLessThan(260);
  expect(chosen(10)).toEqual(chosen(20).filter((id) => isChosen(id, 10)));
});
