import { expect, it } from 'vitest';
import type { SurveyedTable } from './database-survey.js';
import type { LoadOrder } from './load-order.js';
import { type DefinitionPlan, planDefinitions } from './plan-definitions.js';
import { EntryReader } from '../script/read-entries.js';
import type { ScriptEntry, Section } from '../script/script-entry.js';
import { qualifiedName } from '../../../postgres/sql/quote.js';

const table = (number: number, schema: string, name: string, rows = 1): SurveyedTable => ({
  table: number,
  schema,
  name,
  columns: ['a'],
  segments: rows > 0 ? 1 : 0,
  rows,
  bytes: rows,
  contents: 0n,
});

const NO_ORDER: LoadOrder = { ofExtensions: new Set(), last: new Map(), throughRoot: new Map() };

function entries(
  section: Section,
  ...described: [id: number, type: string, dependsOn: number[], sql: string][]
): ScriptEntry[] {
  const reader = new EntryReader(section, { decode: (bytes) => bytes.toString() });
  for (const [id, type, dependsOn, sql] of described) {
    const dependencies = dependsOn.length > 0 ? `-- Dependencies: ${dependsOn.join(' ')}\n` : '';
    reader.add(
      Buffer.from(
        `--\n-- TOC entry ${id} (class 1259 OID ${id})\n${dependencies}-- Name: it; Type: ${type}; Schema: public; Owner: -\n--\n\n${sql}\n\n\n`,
      ),
    );
  }
  reader.end();
  return reader.entries;
}

function plan(all: ScriptEntry[], tables: SurveyedTable[], order = NO_ORDER) {
  return ids(planDefinitions(all, tables, order));
}

function ids(found: DefinitionPlan) {
  const of = (list: readonly ScriptEntry[]) => list.map(({ id }) => id);
  return {
    ofEmptyTables: of(found.ofEmptyTables),
    ofTables: [...found.ofTables].map(([key, { constraints, indexes }]) => [key, of(constraints), of(indexes)]),
    ofAllRows: found.ofAllRows.map(({ entry, table: key }) => [key, entry.id]),
    rest: of(found.rest),
    foreignKeys: found.foreignKeys.map(({ entry, tables }) => [entry.id, tables]),
    afterForeignKeys: of(found.afterForeignKeys),
    eventTriggers: of(found.eventTriggers),
    subscriptions: of(found.subscriptions),
  };
}

it('restores each entry once, and indexes with their table', () => {
  const all = [
    ...entries(
      'pre-data',
      [1, 'TABLE', [], 'CREATE TABLE public.orders (\n    a integer\n);'],
      [3, 'TABLE', [], 'CREATE TABLE public.empty (\n    a integer\n);'],
    ),
    ...entries(
      'post-data',
      [20, 'CONSTRAINT', [1], 'ALTER TABLE ONLY public.orders\n    ADD CONSTRAINT orders_pkey PRIMARY KEY (a);'],
      [21, 'INDEX', [1], 'CREATE INDEX orders_at ON public.orders USING btree (a);'],
      [
        28,
        'INDEX',
        [1],
        'CREATE INDEX orders_c ON public.orders USING btree (a);\n\nALTER TABLE public.orders CLUSTER ON orders_c;',
      ],
      [23, 'CONSTRAINT', [3], 'ALTER TABLE ONLY public.empty\n    ADD CONSTRAINT empty_pkey PRIMARY KEY (a);'],
      [24, 'TRIGGER', [1], 'CREATE TRIGGER t BEFORE INSERT ON public.orders EXECUTE FUNCTION f();'],
      [
        25,
        'FK CONSTRAINT',
        [1, 23, 3],
        'ALTER TABLE ONLY public.orders\n    ADD CONSTRAINT orders_fk FOREIGN KEY (a) REFERENCES public.empty(a);',
      ],
      [26, 'POLICY', [1], 'CREATE POLICY p ON public.orders;'],
      [27, 'EVENT TRIGGER', [], 'CREATE EVENT TRIGGER e ON ddl_command_end EXECUTE FUNCTION f();'],
      [29, 'COMMENT', [27], "COMMENT ON EVENT TRIGGER e IS 'x';"],
      [30, 'SUBSCRIPTION', [], "CREATE SUBSCRIPTION s CONNECTION '' PUBLICATION p;"],
      [31, 'ACL', [1], 'GRANT SELECT ON TABLE public.orders TO PUBLIC;'],
    ),
  ];
  expect(plan(all, [table(7, 'public', 'orders'), table(8, 'public', 'empty', 0)])).toEqual({
    ofEmptyTables: [23],
    ofTables: [[7, [20, 28], [21]]],
    ofAllRows: [],
    rest: [24],
    foreignKeys: [[25, [1, 3]]],
    afterForeignKeys: [26],
    eventTriggers: [27, 29],
    subscriptions: [30],
  });
});

it('builds the indexes of partitions early, on those of their parent', () => {
  const all = [
    ...entries(
      'pre-data',
      [1, 'TABLE', [], 'CREATE TABLE public.parent (\n    a integer\n)\nPARTITION BY LIST (a);'],
      [2, 'TABLE', [1], 'CREATE TABLE public.part (\n    a integer\n);'],
      [3, 'TABLE ATTACH', [2, 1], 'ALTER TABLE ONLY public.parent ATTACH PARTITION public.part DEFAULT;'],
    ),
    ...entries(
      'post-data',
      [20, 'INDEX', [1], 'CREATE INDEX parent_a ON ONLY public.parent USING btree (a);'],
      [21, 'INDEX', [2, 2, 20], 'CREATE INDEX part_a ON public.part USING btree (a);'],
      [22, 'INDEX ATTACH', [21, 20, 2, 1], 'ALTER INDEX public.parent_a ATTACH PARTITION public.part_a;'],
    ),
  ];
  expect(plan(all, [table(7, 'public', 'part')])).toMatchObject({
    ofEmptyTables: [20],
    ofTables: [[7, [], [21]]],
    rest: [22],
  });
  const throughRoot = new Map([
    [qualifiedName({ schema: 'public', name: 'part' }), { schema: 'public', name: 'parent' }],
  ]);
  expect(plan(all, [table(7, 'public', 'part')], { ...NO_ORDER, throughRoot })).toMatchObject({
    ofTables: [],
    ofAllRows: [[7, 21]],
  });
});

it('tells tables apart whose names look alike', () => {
  const all = [
    ...entries(
      'pre-data',
      [1, 'TABLE', [], 'CREATE TABLE "a b".c (\n    a integer\n);'],
      [2, 'TABLE', [], 'CREATE TABLE a."b c" (\n    a integer\n);'],
      [3, 'TABLE', [], 'CREATE TABLE a."we""ird; (x" (\n    a integer\n);'],
    ),
    ...entries(
      'post-data',
      [20, 'INDEX', [1], 'CREATE INDEX one ON "a b".c USING btree (a);'],
      [21, 'INDEX', [2], 'CREATE UNIQUE INDEX "t w" ON a."b c" USING btree (a);'],
      [22, 'INDEX', [3], 'CREATE INDEX three ON a."we""ird; (x" USING btree (a);'],
    ),
  ];
  const tables = [table(7, 'a b', 'c'), table(8, 'a', 'b c'), table(9, 'a', 'we"ird; (x')];
  expect(plan(all, tables)).toMatchObject({
    ofTables: [
      [7, [], [20]],
      [8, [], [21]],
      [9, [], [22]],
    ],
    rest: [],
  });
});

it("lets whatever may call somebody's function wait until all rows are in", () => {
  const all = [
    ...entries(
      'pre-data',
      [1, 'TABLE', [], 'CREATE TABLE public.t (\n    a integer\n);'],
      [2, 'EXTENSION', [], 'CREATE EXTENSION IF NOT EXISTS btree_gist WITH SCHEMA public;'],
      [3, 'FUNCTION', [], 'CREATE FUNCTION public.f(integer) RETURNS boolean LANGUAGE sql AS $$SELECT true$$;'],
      [4, 'TABLE', [], 'CREATE TABLE public.empty (\n    a integer\n);'],
    ),
    ...entries(
      'post-data',
      [20, 'INDEX', [1, 3], 'CREATE INDEX t_f ON public.t USING btree (a) WHERE public.f(a);'],
      [21, 'INDEX', [1, 2], 'CREATE INDEX t_g ON public.t USING gist (a);'],
      [22, 'CONSTRAINT', [1], 'ALTER TABLE ONLY public.t\n    ADD CONSTRAINT t_x EXCLUDE USING gist (a WITH =);'],
      [23, 'INDEX', [4, 3], 'CREATE INDEX empty_f ON public.empty USING btree (public.f(a));'],
      [
        24,
        'CHECK CONSTRAINT',
        [1, 3],
        'ALTER TABLE public.t\n    ADD CONSTRAINT t_check CHECK (public.f(a)) NOT VALID;',
      ],
    ),
  ];
  expect(plan(all, [table(7, 'public', 't'), table(8, 'public', 'empty', 0)])).toMatchObject({
    ofEmptyTables: [23],
    ofTables: [],
    ofAllRows: [
      [7, 20],
      [7, 21],
    ],
    rest: [22, 24],
  });
});

it('keeps an index that needs what comes later in its place', () => {
  const all = [
    ...entries('pre-data', [1, 'TABLE', [], 'CREATE TABLE public.t (\n    a integer\n);']),
    ...entries(
      'post-data',
      [20, 'FUNCTION', [], 'CREATE FUNCTION public.late() RETURNS integer LANGUAGE sql AS $$SELECT 1$$;'],
      [21, 'INDEX', [1, 20], 'CREATE INDEX t_late ON public.t USING btree (public.late());'],
    ),
  ];
  expect(plan(all, [table(7, 'public', 't')])).toMatchObject({ ofTables: [], ofAllRows: [], rest: [20, 21] });
});
