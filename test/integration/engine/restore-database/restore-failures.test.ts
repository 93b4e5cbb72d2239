import { readdirSync, watch } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ProgressUpdate } from '../../../../src/engine/progress.js';
import { VaultError } from '../../../../src/vault/vault-error.js';
import { query } from '../../../harness/database.js';
import { RestoreDatabaseFixture } from './restore-fixture.js';

let fixture: RestoreDatabaseFixture;

beforeEach(async () => {
  fixture = await RestoreDatabaseFixture.create();
  await query(
    fixture.source.address,
    `CREATE TABLE customer (id int PRIMARY KEY, name text);
     INSERT INTO customer SELECT n, 'customer ' || n FROM generate_series(1, 20000) n;
     CREATE TABLE "order" (id int PRIMARY KEY, customer int REFERENCES customer, note text);
     INSERT INTO "order" SELECT n, 1 + n % 20000, repeat('x', 50) FROM generate_series(1, 60000) n;
     CREATE INDEX ON "order" (customer)`,
  );
});
afterEach(async () => fixture.remove());

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
      blocks: 50,
      alter: (entry) =>
        entry.kind === 'segment' && entry.fromBlock === 500 ? [{ ...entry, rows: entry.rows + 1 }] : [entry],
    });

    await expect(fixture.restore(captured)).rejects.toMatchObject({
      code: 'snapshot-damaged',
      message: expect.stringMatching(/A segment of the table "public"\."order" has \d+ rows/),
    });
  });

  it('rows that a foreign key does not allow', async () => {
    const captured = await fixture.capture({
      alter: (entry) => (entry.kind === 'segment' && entry.rows === 20_000 ? [] : [entry]),
    });

    await expect(fixture.restore(captured)).rejects.toMatchObject({
      code: 'restore-failed',
      message: expect.stringContaining('"order_customer_fkey"'),
    });
  });

  it('rows that are there twice where a key forbids it', async () => {
    const captured = await fixture.capture({
      alter: (entry) => (entry.kind === 'segment' && entry.rows === 20_000 ? [entry, entry] : [entry]),
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
    const captured = await fixture.capture({ blocks: 50 });
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
    for await (const entry of vault.readEntries(fixture.project, captured.snapshotId)) {
      if (entry.kind === 'segment' && entry.fromBlock === 300) damaged = entry.content.sha256;
    }

    await expect(
      fixture.restore(captured, { vault: Object.assign(Object.create(vault), { readContent }) }),
    ).rejects.toBe(damage);
  });

  it('no place for the definitions', async () => {
    const captured = await fixture.capture();

    await expect(fixture.restore(captured, { temporaryDirectory: '/proc/1/nowhere' })).rejects.toMatchObject({
      code: 'restore-failed',
      message: expect.stringContaining('/proc/1/nowhere'),
    });
  });

  it('a server that ends our sessions', async () => {
    const captured = await fixture.capture({ blocks: 50 });
    const end = `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '${fixture.target.database}'`;
    let ended: Promise<unknown> | undefined;

    await expect(
      fixture.restore(
        captured,
        {},
        watching(({ bytesDone }) => {
          if (bytesDone) ended ??= query(fixture.source.admin, end);
        }),
      ),
    ).rejects.toMatchObject({ code: expect.stringMatching(/^(database-unreachable|restore-failed)$/) });
    await ended;
  });

  it.each([0, 1, 1_500_000, 4_000_000])('an abort after %d bytes', async (bytes) => {
    const captured = await fixture.capture({ blocks: 50 });
    const controller = new AbortController();
    const reason = new Error('cancelled by a person');
    const abort = ({ bytesDone }: ProgressUpdate) => {
      if (bytesDone! >= bytes) controller.abort(reason);
    };

    await expect(fixture.restore(captured, {}, watching(abort, controller.signal))).rejects.toBe(reason);
  });

  it.each(['Comparing', 'Adding foreign keys', 'Gathering'])('an abort at "%s"', async (step) => {
    const captured = await fixture.capture();
    const controller = new AbortController();
    const reason = new Error('cancelled by a person');
    const abort = ({ message }: ProgressUpdate) => {
      if (message?.startsWith(step)) controller.abort(reason);
    };

    await expect(fixture.restore(captured, {}, watching(abort, controller.signal))).rejects.toBe(reason);
  });
});

it('reports bytes up to their total', async () => {
  const captured = await fixture.capture();
  const updates: ProgressUpdate[] = [];

  await fixture.restore(
    captured,
    {},
    watching((update) => updates.push(update)),
  );

  const { dataBytes } = captured.survey;
  expect(updates.at(-1)).toMatchObject({ phase: 'stage-database', bytesDone: dataBytes, bytesTotal: dataBytes });
});

it('writes definitions into files that no directory lists at any moment', async () => {
  const captured = await fixture.capture();
  const seen: string[] = [];
  const look = () => void seen.push(...readdirSync(fixture.temporaryDirectory));
  const watcher = watch(fixture.temporaryDirectory, look);
  try {
    await fixture.restore(captured, {}, watching(look));
  } finally {
    watcher.close();
  }
  expect(seen).toEqual([]);
});
