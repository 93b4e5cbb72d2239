import type { Server } from '../machine/start-server.js';
import { type BenchCase, median } from '../results.js';
import { addHistory, addSnapshots, makeProject, type Place } from './rows.js';
import { bearer, type Keys, newKeys, startSnapback } from './service-process.js';
import { openState, type State } from './state.js';

export interface ListOptions {
  /** How many snapshots the small service has, and the large one. */
  few: number;
  many: number;
  rounds: number;
}

/** Where the pages of a list are asked for. */
const DEPTHS = [0.1, 0.5, 0.9];
/** Environments beside the one that has most. */
const OTHERS = 200;
/** So much of all is in one environment. */
const IN_ONE = 0.8;
/** Requests in a row, of which the median counts. */
const IN_A_ROW = 7;
const MOST_TIMES = 1.5;

interface Side {
  server: Server;
  place: Place;
  keys: Keys;
}

interface Case {
  name: string;
  path: (place: Place) => string;
  /** Pages in its depth are asked for too, out of so many items. */
  isDeep?: boolean;
}

const snapshots = (filter = '') => ({
  name: `snapshotList ${filter}`.trim(),
  path: ({ environmentIds }: Place) => `/environments/${environmentIds[0]}/snapshots?${filter}`,
});
const ofProject = (filter = '') => ({
  name: `projectSnapshotList ${filter}`.trim(),
  path: ({ projectId }: Place) => `/projects/${projectId}/snapshots?${filter}`,
});

/** Filters that fit most, some, few and none. */
const CASES: Case[] = [
  { ...snapshots(), isDeep: true },
  { ...snapshots('status=completed'), isDeep: true },
  snapshots('status=failed'),
  snapshots('status=queued'),
  snapshots('trigger=safety'),
  snapshots('pinned=true'),
  snapshots('pinned=false'),
  snapshots('restorability=refuted'),
  snapshots('status=failed&trigger=safety'),
  snapshots('status=completed&trigger=manual&pinned=true&restorability=refuted'),
  snapshots('trigger=safety&restorability=refuted'),
  { ...ofProject(), isDeep: true },
  ofProject('status=failed'),
  ofProject('restorability=refuted'),
  ofProject('environmentType=production'),
  ofProject('environmentType=development'),
  ofProject('environmentType=staging&status=queued'),
  ofProject('environmentType=development&restorability=refuted'),
  {
    name: 'scheduleRunList',
    path: ({ environmentIds }) => `/environments/${environmentIds[0]}/schedule-runs?`,
    isDeep: true,
  },
  { name: 'rollbackLogList', path: ({ environmentIds }) => `/environments/${environmentIds[0]}/rollback-logs?` },
  {
    name: 'deploymentList',
    path: ({ environmentIds }) => `/environments/${environmentIds[0]}/deployments?`,
    isDeep: true,
  },
  {
    name: 'deploymentList kind=rollback',
    path: ({ environmentIds }) => `/environments/${environmentIds[0]}/deployments?kind=rollback`,
  },
  {
    name: 'deploymentList status=failed',
    path: ({ environmentIds }) => `/environments/${environmentIds[0]}/deployments?status=failed`,
  },
  {
    name: 'deploymentList gate=closed',
    path: ({ environmentIds }) => `/environments/${environmentIds[0]}/deployments?gate=closed`,
  },
  { name: 'auditList', path: () => '/audit?', isDeep: true },
  { name: 'auditList actor=seldom', path: () => '/audit?actor=seldom' },
  { name: 'auditList outcome=refused', path: () => '/audit?outcome=refused' },
  { name: 'auditList actor=seldom&outcome=refused', path: () => '/audit?actor=seldom&outcome=refused' },
  { name: 'auditList actor=nobody', path: () => '/audit?actor=nobody' },
  { name: 'operationsList', path: () => '/operations?' },
  { name: 'protectionList', path: () => '/protection?' },
  { name: 'protectionList days=92&limit=100', path: () => '/protection?days=92&limit=100' },
  { name: 'retentionPlan', path: ({ environmentIds }) => `/environments/${environmentIds[0]}/retention-plan?` },
];

/** Each list with few snapshots and with many, in turn; pages in its depth beside its first one. */
export async function measureLists(options: ListOptions): Promise<BenchCase[]> {
  const stops: (() => Promise<void>)[] = [];
  try {
    const [few, many] = [await startSide(options.few, stops), await startSide(options.many, stops)];
    const cases: BenchCase[] = [];
    for (const one of CASES) cases.push(...(await measureCase(one, { few, many }, options)));
    report(cases);
    return cases;
  } finally {
    for (const stop of stops.toReversed()) await stop();
  }
}

async function startSide(count: number, stops: (() => Promise<void>)[]): Promise<Side> {
  const state = await openState();
  stops.push(state.stop);
  const place = await fill(state, count);
  const keys = newKeys();
  const server = await startSnapback(state, keys, { LOG_LEVEL: 'warn' });
  stops.push(server.stop);
  return { server, place, keys };
}

async function fill({ dataSource }: State, count: number): Promise<Place> {
  const place = await makeProject(dataSource, 'listed', OTHERS + 1);
  const [most = '', ...others] = place.environmentIds;
  const inOne = Math.round(count * IN_ONE);
  await addSnapshots(dataSource, place, most, inOne);
  const each = Math.max(1, Math.floor((count - inOne) / OTHERS));
  for (const environmentId of others) await addSnapshots(dataSource, place, environmentId, each);
  await addHistory(dataSource, place, most, Math.max(1000, Math.round(count / 5)));
  await dataSource.query('VACUUM ANALYZE');
  return place;
}

async function measureCase(
  one: Case,
  sides: Record<'few' | 'many', Side>,
  { rounds }: ListOptions,
): Promise<BenchCase[]> {
  const paths = { few: one.path(sides.few.place), many: one.path(sides.many.place) };
  const asked: Asked[] = [
    { name: one.name, side: 'few', path: paths.few },
    { name: one.name, side: 'many', path: paths.many },
  ];
  for (const depth of one.isDeep === true ? DEPTHS : []) {
    for (const side of ['few', 'many'] as const) {
      const cursor = await cursorAt(sides[side], paths[side], depth);
      asked.push({ name: `${one.name} at ${depth * 100} %`, side, path: `${paths[side]}&cursor=${cursor}` });
    }
  }
  const times = new Map<Asked, number[]>(asked.map((each) => [each, []]));
  for (let round = 0; round <= rounds; round += 1) {
    for (const [each, taken] of times) {
      const ms = await medianMs(sides[each.side], each.path);
      // The first round warms up.
      if (round > 0) taken.push(ms);
    }
  }
  const cases = Map.groupBy(times, ([{ name }]) => name);
  return [...cases].map(([name, found]) => {
    const of = (side: Asked['side']) => median(found.find(([each]) => each.side === side)?.[1] ?? []);
    const [fewMs, manyMs] = [of('few'), of('many')];
    return {
      case: name,
      ratio: round2(fewMs / manyMs),
      times: round2(manyMs / fewMs),
      fewMs: round2(fewMs),
      manyMs: round2(manyMs),
    };
  });
}

interface Asked {
  name: string;
  side: 'few' | 'many';
  path: string;
}

async function medianMs(side: Side, path: string): Promise<number> {
  const taken: number[] = [];
  for (let n = 0; n < IN_A_ROW; n += 1) {
    const startedAt = performance.now();
    await get(side, path);
    taken.push(performance.now() - startedAt);
  }
  return median(taken);
}

/** Behind so much of the list, which is passed over once. */
async function cursorAt(side: Side, path: string, depth: number): Promise<string> {
  const { total, totalIsLowerBound } = await get(side, `${path}&limit=1`);
  const count = totalIsLowerBound ? await countBeyond(side, path, total) : total;
  const { nextCursor } = await get(side, `${path}&limit=1&offset=${Math.floor(count * depth)}`);
  if (nextCursor === null) throw new Error(`${path} has no page at ${depth}.`);
  return nextCursor;
}

/** How many a list has that says no more than a lower bound: twice as many until there are none, then between. */
async function countBeyond(side: Side, path: string, least: number): Promise<number> {
  const isThere = async (at: number) => (await get(side, `${path}&limit=1&offset=${at}`)).items.length > 0;
  let [low, high] = [least, least * 2];
  while (await isThere(high)) [low, high] = [high, high * 2];
  while (high - low > least / 100) {
    const middle = (low + high) >> 1;
    if (await isThere(middle)) low = middle;
    else high = middle;
  }
  return low;
}

interface ListPage {
  items: unknown[];
  total: number;
  totalIsLowerBound: boolean;
  nextCursor: string | null;
}

async function get({ server, keys }: Side, path: string): Promise<ListPage> {
  const response = await fetch(`${server.url}/api/v1${path}`, { headers: bearer(keys) });
  const body = (await response.json()) as ListPage;
  if (response.status !== 200) throw new Error(`${path} answered ${response.status}: ${JSON.stringify(body)}`);
  return body;
}

function report(cases: readonly BenchCase[]): void {
  console.table(cases.map(({ case: name, times, fewMs, manyMs }) => ({ list: name, times, fewMs, manyMs })));
  const slow = cases.filter(({ times }) => (times as number) > MOST_TIMES).map((one) => one.case);
  console.log(
    slow.length === 0
      ? `All lists take at most ${MOST_TIMES} times as long with many snapshots.`
      : `More than ${MOST_TIMES} times as long with many: ${slow.join('; ')}.`,
  );
}

function round2(value: number): number {
  return Math.round(value * 100) / 100;
}
