import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { capture, type CaptureResult } from '../../../src/engine/capture/capture.js';
import { gatherDatabaseFacts } from '../../../src/engine/postgres/databases/database-facts.js';
import { discardStaged } from '../../../src/engine/restore/staging/discard.js';
import { stage } from '../../../src/engine/restore/staging/stage.js';
import { createTestDatabase, query, type TestDatabase } from '../../harness/database.js';
import { type PostgresServer, startPostgresServer } from '../../harness/postgres-server.js';
import { makeVault, type VaultFixture } from '../pack-vault/fixture.js';
import { BANK_SQL, BankWithAttachments, REFERENCES, TOTAL } from './bank-with-attachments.js';
import { Scratch, silent } from './filestore-scratch.js';
import { openToLook } from '../../harness/restore-into.js';
import { usually } from '../../harness/thorough.js';

const PROJECT = randomUUID();
const CLIENTS = 3;
/** After the first one: every third is a full one again, and a base. */
const CAPTURES = usually(1, 4);

let scratch: Scratch;
// Of its own: transactions of other tests would keep every row from being old enough to be carried over.
let server: PostgresServer;
let database: TestDatabase;
let place: VaultFixture;
let filestore: string;
let bank: BankWithAttachments;

beforeEach(async () => {
  scratch = await Scratch.create();
  filestore = await scratch.directory('store');
  server = await startPostgresServer();
  database = await createTestDatabase({ server: server.address('postgres') });
  place = await makeVault();
  await query(database.address, BANK_SQL);
  // What nobody changes any more, so that there is something to carry over.
  await query(
    database.address,
    `CREATE TABLE archive AS SELECT n, repeat('a', 300) AS line FROM generate_series(1, 3000) n`,
  );
  bank = new BankWithAttachments(database.address, filestore);
});
afterEach(async () => {
  await bank.stop().catch(() => undefined);
  await database.drop();
  await place.remove();
  await server.remove();
  await scratch.remove();
});

function take(snapshotId: string, base?: string): Promise<CaptureResult> {
  return capture(
    {
      project: PROJECT,
      snapshotId,
      database: database.address,
      databaseOptions: { segmentBytes: 64 * 1024 },
      filestore,
      fileReferences: { query: REFERENCES, onDangling: 'fail' },
      ...(base !== undefined && { base: { snapshotId: base } }),
    },
    place.vault,
    silent,
  );
}

/** Rebuilds a snapshot and looks at it as the application would. */
async function lookAt(snapshotId: string): Promise<{ total: number; paths: number; archived: number }> {
  const { address } = database;
  const like = await gatherDatabaseFacts(address);
  const staged = await stage(
    {
      project: PROJECT,
      snapshotId,
      attemptId: randomUUID(),
      database: { address, like, keepOwnersAndPrivileges: true, verification: 'all' },
      filestore: { path: filestore },
    },
    place.vault,
    silent,
  );
  try {
    const shadow = await openToLook({ ...address, database: staged.database!.names.shadow });
    const [sums] = await query<{ total: number; archived: number }>(
      shadow,
      'SELECT (SELECT sum(balance)::int FROM account) AS total, (SELECT count(*)::int FROM archive) AS archived',
    );
    const rows = await query<{ path: string }>(shadow, REFERENCES);
    for (const { path } of rows) {
      expect(await readFile(join(staged.filestore!.stagedPath, path), 'utf8')).toBe(`content of ${path}`);
    }
    return { ...sums!, paths: rows.length };
  } finally {
    await discardStaged(staged);
  }
}

it(
  'has the sum of all balances and every file that a row names, while clients write, in each snapshot',
  { timeout: 300_000 },
  async () => {
    bank.start(CLIENTS);
    let base: string = randomUUID();
    await take(base);
    const taken = [base];
    for (let number = 0; number < CAPTURES; number += 1) {
      await bank.removeUnnamed();
      const snapshotId: string = randomUUID();
      const isFull = number % 3 === 2;
      const result = await take(snapshotId, isFull ? undefined : base);
      expect(result).toMatchObject({ type: isFull ? 'full' : 'differential', warningCount: 0 });
      // The archive is as it was, so a differential has it from its base.
      expect(result.database!.counts.segmentsCarriedOver > 0).toBe(!isFull);
      if (isFull) base = snapshotId;
      taken.push(snapshotId);
    }
    await bank.stop();

    const seen = [];
    for (const snapshotId of taken) seen.push(await lookAt(snapshotId));
    expect(seen.map(({ total, archived }) => ({ total, archived }))).toEqual(
      taken.map(() => ({ total: TOTAL, archived: 3000 })),
    );
    // Otherwise nobody wrote meanwhile.
    expect(seen.at(-1)!.paths).toBeGreaterThan(0);
    expect(Math.min(bank.transfers, bank.attached, bank.removed)).toBeGreaterThan(5);
  },
);
