import { expect, it } from 'vitest';
import { parseEntries, type Section } from './archive-entries.js';
import type { SurveyedTable } from './database-survey.js';
import { planDefinitions } from './plan-definitions.js';

const table = (number: number, schema: string, name: string, rows = 1): SurveyedTable => ({
  table: number,
  schema,
  name,
  columns: ['a'],
  segments: rows > 0 ? 1 : 0,
  rows,
  bytes: rows,
});

function plan(listing: string, tables: SurveyedTable[]) {
  const sections = new Map<number, Section>();
  for (const [, id, oid, words] of listing.matchAll(/^(\d+); (\d+) \d+ (.*)$/gm)) {
    const before = /^(SCHEMA|TABLE)/.test(words!) || (oid === '0' && words!.startsWith('ACL'));
    sections.set(Number(id), before ? 'pre-data' : words!.startsWith('BLOBS') ? 'data' : 'post-data');
  }
  return planDefinitions(parseEntries(listing, sections), tables);
}

it('restores each entry once, and indexes with their table', () => {
  const listing = `;
; Archive created at 2026-01-01
;
1; 1259 101 TABLE public orders owner
2; 0 0 ACL public TABLE orders owner
;	depends on: 1
3; 1259 102 TABLE public empty owner
10; 0 0 BLOBS - BLOBS
20; 2606 201 CONSTRAINT public orders orders_pkey owner
;	depends on: 1
21; 1259 202 INDEX public orders_at owner
;	depends on: 1
22; 3381 203 STATISTICS public orders_stats owner
;	depends on: 1 1
23; 2606 204 CONSTRAINT public empty empty_pkey owner
;	depends on: 3
24; 2620 205 TRIGGER public orders t owner
;	depends on: 1
25; 2606 206 FK CONSTRAINT public orders orders_fk owner
;	depends on: 1 23 3
26; 3256 207 POLICY public orders p owner
;	depends on: 1
27; 3466 208 EVENT TRIGGER - e owner
28; 0 0 COMMENT - EVENT TRIGGER e owner
;	depends on: 27
`;
  expect(plan(listing, [table(7, 'public', 'orders'), table(8, 'public', 'empty', 0)])).toEqual({
    preData: [1, 3],
    largeObjects: [10],
    ofEmptyTables: [23],
    ofTables: new Map([[7, { constraints: [20, 22], indexes: [21] }]]),
    rest: [24],
    foreignKeys: [{ id: 25, tables: [1, 3] }],
    last: [2, 26],
    eventTriggers: [27, 28],
  });
});

it('builds the indexes of partitions early, on those of their parent', () => {
  const listing = `
1; 1259 101 TABLE public parent owner
2; 1259 102 TABLE public part owner
;	depends on: 1
3; 0 0 TABLE ATTACH public part owner
;	depends on: 2 1
20; 1259 201 INDEX public parent_a owner
;	depends on: 1
21; 1259 202 INDEX public part_a owner
;	depends on: 2 2 20
22; 0 0 INDEX ATTACH public part_a owner
;	depends on: 21 20 2 1
`;
  expect(plan(listing, [table(7, 'public', 'part')])).toMatchObject({
    ofEmptyTables: [20],
    ofTables: new Map([[7, { constraints: [], indexes: [21] }]]),
    rest: [22],
  });
});

it('waits with the indexes of tables whose names can be mistaken', () => {
  const listing = `
1; 1259 101 TABLE a b c owner
2; 1259 102 TABLE a b c owner
20; 1259 201 INDEX a one owner
;	depends on: 1
21; 1259 202 INDEX a two owner
;	depends on: 2
`;
  const result = plan(listing, [table(7, 'a b', 'c'), table(8, 'a', 'b c')]);

  expect(result).toMatchObject({ ofTables: new Map(), ofEmptyTables: [], rest: [20, 21] });
});

it('keeps an index that needs what comes later in its place', () => {
  const listing = `
1; 1259 101 TABLE public t owner
20; 1255 201 FUNCTION public late() owner
21; 1259 202 INDEX public t_late owner
;	depends on: 1 20
`;
  expect(plan(listing, [table(7, 'public', 't')])).toMatchObject({ ofTables: new Map(), rest: [20, 21] });
});
