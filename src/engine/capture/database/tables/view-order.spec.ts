import { expect, it } from 'vitest';
import { orderViews } from './view-order.js';

const view = (oid: number, isPopulated = true) => ({ oid, schema: 's', name: `v${oid}`, isPopulated });
const names = (relations: { name: string }[]) => relations.map(({ name }) => name);

it('puts each view after all that it stands on, through ordinary views as well', () => {
  const uses = [
    { view: 1, uses: 100 },
    { view: 100, uses: 2 },
    { view: 2, uses: 3 },
    { view: 1, uses: 3 },
  ];
  expect(names(orderViews([view(1), view(2), view(3)], uses).refreshable)).toEqual(['v3', 'v2', 'v1']);
});

it('leaves out what was never filled, and tells what stands on that', () => {
  const order = orderViews([view(1), view(2, false), view(3)], [{ view: 1, uses: 2 }]);
  expect(names(order.refreshable)).toEqual(['v3']);
  expect(names(order.stranded)).toEqual(['v1']);
});

it('comes to an end where views stand on each other', () => {
  const uses = [
    { view: 1, uses: 2 },
    { view: 2, uses: 1 },
  ];
  expect(names(orderViews([view(1), view(2)], uses).refreshable).toSorted()).toEqual(['v1', 'v2']);
});
