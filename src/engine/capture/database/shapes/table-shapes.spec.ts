import { describe, expect, it, vi } from 'vitest';
import { type ShapeFacts, TableShapes } from './table-shapes.js';
import type { TypeFacts } from './type-closure.js';
import * as unpredictable from './unpredictable-types.js';

const table = (oid: number, facts: Partial<ShapeFacts> = {}): ShapeFacts => ({
  oid,
  identity: `t${oid}`,
  isHeap: true,
  relation: 'here',
  columns: 'a',
  types: '23',
  virtual: null,
  ...facts,
});
const type = (oid: number, facts: Partial<TypeFacts> = {}): TypeFacts => ({
  oid,
  name: `type${oid}`,
  kind: 'e',
  isArray: false,
  extension: null,
  parts: [],
  rest: '',
  ...facts,
});
const known = (...types: TypeFacts[]) => new Map(types.map((facts) => [facts.oid, facts]));

function shapeOf(facts: Partial<ShapeFacts>, types: TypeFacts[], surroundings: unknown = '15') {
  const shapes = new TableShapes(surroundings);
  shapes.learn(known(...types));
  shapes.add(table(1, facts));
  return shapes.byTable.get(1)!;
}

describe('the shape of a table', () => {
  const types = [type(23), type(100, { parts: [101] }), type(101, { parts: [100, 23] })];
  const base = shapeOf({ types: '100 23' }, types);

  it.each<[string, Partial<ShapeFacts>, TypeFacts[], unknown]>([
    ['columns', { types: '100 23', columns: 'b' }, types, '15'],
    ['place', { types: '100 23', relation: 'there' }, types, '15'],
    ['set of types', { types: '100' }, [type(23), type(100), type(101)], '15'],
    ['type, two steps down', { types: '100 23' }, [types[0]!, types[1]!, { ...types[2]!, rest: 'changed' }], '15'],
    ['surroundings', { types: '100 23' }, types, '16'],
  ])('has another fingerprint with another %s', (_, facts, someTypes, surroundings) => {
    expect(shapeOf(facts, someTypes, surroundings).fingerprint).not.toBe(base.fingerprint);
  });

  it('has the same one under another name', () => {
    const renamed = shapeOf({ types: '100 23', identity: 'another' }, types);
    expect(renamed).toEqual({ ...base, identity: 'another' });
  });

  it('has an obstacle where any type it is made of has one, and says that it is a type', () => {
    const named = [...types.slice(0, 2), type(101, { kind: 'b', name: 'regclass', parts: [100] })];
    expect(shapeOf({ types: '100 23' }, named)).toMatchObject({
      obstacle: expect.stringContaining('"regclass"') as string,
      hasOpenTypes: true,
    });
    expect(shapeOf({ isHeap: false }, types)).not.toHaveProperty('hasOpenTypes');
  });
});

it('asks for each type once, and works out what the same types are made of once', () => {
  const looks = vi.spyOn(unpredictable, 'whyUnpredictable');
  const shapes = new TableShapes('');
  const tables = Array.from({ length: 1000 }, (_, index) => table(index, { types: '100 23' }));
  expect(shapes.unknownTypes(tables).toSorted((a, b) => a - b)).toEqual([23, 100]);
  shapes.learn(known(type(23), type(100, { parts: [101] }), type(101)));
  for (const facts of tables) shapes.add(facts);
  expect(shapes.byTable.size).toBe(1000);
  expect(shapes.unknownTypes([table(1001, { types: '100 101 23' })])).toEqual([]);
  expect(looks).toHaveBeenCalledTimes(3);
  looks.mockRestore();
});
