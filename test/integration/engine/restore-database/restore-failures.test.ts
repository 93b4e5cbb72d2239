import { readdirSync, watch } from 'node:fs';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { ProgressUpdate } from '../../../../src/engine/progress.js';
import { VaultError } from '../../../../src/vault/vault-error.js';
import { query } from '../../../harness/database.js';
import { sampleOf } from '../../../harness/thorough.js';
import { RestoreDatabaseFixture } from './restore-fixture.js';

type Captured = Awaited<ReturnType<RestoreDatabaseFixture['capture']>>;

let fixture: RestoreDatabaseFixture;

/** Of `order`. */
const BLOCKS = 5;
/** One for all that do not alter what is captured: in one segment a table, and in segments of so many blocks. */
let whole: Captured;
let cut: Captured;

beforeAll(async () => {
  fixture = await RestoreDatabaseFixture.create();
  await query(
    fixture.source.address,
    `CREATE TABLE customer (id int PRIMARY KEY, name text);
     INSERT INTO customer SELECT n, 'customer ' || n FROM generate_series(1, 2000) n;
     CREATE TABLE "order" (id int PRIMARY KEY, customer int REFERENCES customer, note text);
     INSERT INTO "order" SELECT n, 1 + n % 2000, repeat('x', 50) FROM generate_series(1, 6000) n;
     CREATE INDEX ON "order" (customer)`,
  );
  whole = await fixture.capture();
  cut = await fixture.capture({ blocks: BLOCKS });
});
beforeEach(() => fixture.emptyTarget());
afterAll(() => fixture.remove());

async function expectNothingRunning(): Promise<void> {
  await expect.poll(() => fixture.leftovers()).toEqual([]);
}

/** Runs something with each report of the restore's progress. */
const watching = (report: (update: ProgressUpdate) => void, signal = new AbortController().signal) => ({
  signal,
  progress: { report },
});

describe('a failure has a reason, and leaves nothing running:', () => {
  afterEach(expectNothingRunning);

  it('a segment with another number of rows than its manifest says', async () => {
    const captured = await fixture.capture({
      blocks: BLOCKS,
      alter: (entry) =>
        entry.kind === 'segment' && entry.fromBlock === 50 ? [{ ...entry, rows: entry.rows + 1 }] : [entry],
    });

    await expect(fixture.restore(captured)).rejects.toMatchObject({
      code: 'snapshot-damaged',
      message: expect.stringMatching(/A segment of the table "public"\."order" has \d+ rows/),
    });
  });

  it('rows that a foreign key does not allow', async () => {
    const captured = await fixture.capture({
      alter: (entry) => (entry.kind === 'segment' && entry.rows === 2_000 ? [] : [entry]),
    });

    await expect(fixture.restore(captured)).rejects.toMatchObject({
      code: 'restore-failed',
      message: expect.stringContaining('"order_customer_fkey"'),
    });
  });

  it('rows that are there twice where a key forbids it', async () => {
    const captured = await fixture.capture({
      alter: (entry) => (entry.kind === 'segment' && entry.rows === 2_000 ? [entry, entry] : [entry]),
    });

    await expect(fixture.restore(captured)).rejects.toMatchObject({
      code: 'restore-failed',
      message: expect.stringContaining('could not create unique index "customer_pkey"'),
    });
  });

  it('rows that do not fit their columns', async () => {
    const captured = await fixture.capture({
      alter: (entry) =>
        entry.kind === 'table' && entry.name === 'order'
          ? [{ ...entry, columns: ['note', 'id', 'customer'] }]
          : [entry],
    });

    await expect(fixture.restore(captured)).rejects.toMatchObject({
      code: 'restore-failed',
      message: expect.stringMatching(
        /^The rows of the table "public"\."order" could not be restored\. PostgreSQL says: /,
      ),
    });
  });

  it('content that the vault cannot read to its end', async () => {
    const damage = new VaultError('chunk-damaged', 'A chunk is damaged.');
    const { vault } = fixture;
    const readContent: typeof vault.readContent = async function* (project, content) {
      for await (const bytes of vault.readContent(project, content)) {
        if (content.sha256 === damaged) {
          yield bytes.subarray(0, 1000);
          throw damage;
        }
        yield bytes;
      }
    };
    let damaged = '';
    for await (const entry of vault.readEntries(fixture.project, cut.snapshotId)) {
      if (entry.kind === 'segment' && entry.fromBlock === 30) damaged = entry.content.sha256;
    }

    await expect(fixture.restore(cut, { vault: Object.assign(Object.create(vault), { readContent }) })).rejects.toBe(
      damage,
    );
  });

  it('no place for the definitions', async () => {
    await expect(fixture.restore(whole, { temporaryDirectory: '/proc/1/nowhere' })).rejects.toMatchObject({
      code: 'restore-failed',
      message: expect.stringContaining('/proc/1/nowhere'),
    });
  });

  it('a server that ends our sessions', async () => {
    const end = `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '${fixture.target.database}'`;
    let begun = false;
    let ended: Promise<unknown> | undefined;
    const { vault } = fixture;
    // Before the rows that follow, so that nothing can be done before it is.
    const readContent: typeof vault.readContent = async function* (project, content) {
      if (begun) await (ended ??= query(fixture.source.admin, end));
      yield* vault.readContent(project, content);
    };

    await expect(
      fixture.restore(
        cut,
        { vault: Object.assign(Object.create(vault), { readContent }) },
        watching(({ bytesDone }) => {
          begun ||= Boolean(bytesDone);
        }),
      ),
    ).rejects.toMatchObject({ code: expect.stringMatching(/^(database-unreachable|restore-failed)$/) });
    expect(ended).toBeDefined();
  });

  it.each(sampleOf([0, 1, 150_000, 300_000], 2))('an abort after %d bytes', async (bytes) => {
    const controller = new AbortController();
    const reason = new Error('cancelled by a person');
    const abort = ({ bytesDone }: ProgressUpdate) => {
      if (bytesDone! >= bytes) controller.abort(reason);
    };

    await expect(fixture.restore(cut, {}, watching(abort, controller.signal))).rejects.toBe(reason);
  });

  it.each(sampleOf(['Comparing', 'Adding foreign keys', 'Gathering'], 2))('an abort at "%s"', async (step) => {
    const controller = new AbortController();
    const reason = new Error('cancelled by a person');
    const abort = ({ message }: ProgressUpdate) => {
      if (message?.startsWith(step)) controller.abort(reason);
    };

    await expect(fixture.restore(whole, {}, watching(abort, controller.signal))).rejects.toBe(reason);
  });
});

it('reports bytes up to their total', async () => {
  const updates: ProgressUpdate[] = [];

  await fixture.restore(
    whole,
    {},
    watching((update) => updates.push(update)),
  );

  const { dataBytes } = whole.survey;
  expect(updates.at(-1)).toMatchObject({ phase: 'stage-database', bytesDone: dataBytes, bytesTotal: dataBytes });
});

it('writes definitions into files that no directory lists at any moment', async () => {
  const seen: string[] = [];
  const look = () => void seen.push(...readdirSync(fixture.temporaryDirectory));
  const watcher = watch(fixture.temporaryDirectory, look);
  try {
    await fixture.restore(whole, {}, watching(look));
  } finally {
    watcher.close();
  }
  expect(seen).toEqual([]);
});
