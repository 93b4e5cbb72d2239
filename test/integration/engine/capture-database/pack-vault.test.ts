import { readCaptureBase } from '../../../../src/engine/capture/capture-base.js';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { CaptureProgress } from '../../../../src/engine/capture/capture-progress.js';
import { CaptureWarnings } from '../../../../src/engine/capture/capture-warnings.js';
import { openDatabaseCapture } from '../../../../src/engine/capture/database/database-capture.js';
import type { DatabaseCaptured } from '../../../../src/engine/capture/database/database-run.js';
import { silentProgress } from '../../../../src/engine/progress.js';
import type { ManifestEntry } from '../../../../src/vault/manifests/manifest.js';
import { createTestDatabase, query, type TestDatabase } from '../../../harness/database.js';
import { type PostgresServer, startPostgresServer } from '../../../harness/postgres-server.js';
import { collect, makeVault, newId, type VaultFixture } from '../../pack-vault/fixture.js';

const signal = new AbortController().signal;

describe('a database in the vault of packs', () => {
  let server: PostgresServer;
  let database: TestDatabase;
  let fixture: VaultFixture;
  const project = newId();

  beforeAll(async () => {
    server = await startPostgresServer();
    fixture = await makeVault();
  });
  afterAll(async () => {
    await fixture.remove();
    await server.remove();
  });
  beforeEach(async () => {
    database = await createTestDatabase({ server: server.address('postgres') });
  });
  afterEach(() => database.drop());

  async function capture(snapshotId: string, base?: string): Promise<DatabaseCaptured & { storedBytes: number }> {
    const { vault } = fixture;
    const options = {
      connections: 2,
      segmentBytes: 512 * 1024,
      ...(base !== undefined && {
        base: (await readCaptureBase(vault, project, { snapshotId: base }, signal)).database,
      }),
    };
    const opened = await openDatabaseCapture(database.address, options, { signal });
    try {
      const header = { snapshotId, createdAt: new Date().toISOString(), tools: {} };
      const writer = await vault.beginCapture(project, { ...header, ...(base && { baseSnapshotId: base }) });
      const progress = new CaptureProgress(silentProgress, ['database']);
      const result = await opened.run({ writer, warnings: new CaptureWarnings(writer), progress, signal });
      const { storedBytes } = await writer.publish();
      return { ...result, storedBytes };
    } finally {
      await opened.close();
    }
  }

  async function textOf(snapshotId: string): Promise<string> {
    const { vault } = fixture;
    const entries: ManifestEntry[] = [];
    for await (const entry of vault.readEntries(project, snapshotId)) entries.push(entry);
    const segments = entries
      .filter((entry) => entry.kind === 'segment')
      .toSorted((a, b) => a.table - b.table || a.fromBlock - b.fromBlock);
    const parts: Buffer[] = [];
    for (const { content } of segments) parts.push(await collect(vault.readContent(project, content)));
    return Buffer.concat(parts).toString();
  }

  it('is read back as it was, and a differential with what it carries over', async () => {
    const [base, next] = [newId(), newId()];
    await query(database.address, `CREATE TABLE t AS SELECT n, md5(n::text) AS hash FROM generate_series(1, 60000) n`);
    const full = await capture(base);
    expect(full).toMatchObject({ type: 'full', canBeBase: true });
    expect(full.counts.segments).toBeGreaterThan(3);
    expect((await textOf(base)).split('\n')).toHaveLength(60_001);

    await query(database.address, `UPDATE t SET hash = 'changed' WHERE n = 7`);
    const differential = await capture(next, base);
    expect(differential.counts.segmentsCarriedOver).toBe(full.counts.segments - 2);
    expect(differential.storedBytes).toBeLessThan(full.storedBytes / 2);
    const rows = (await textOf(next)).split('\n');
    expect(rows).toHaveLength(60_001);
    expect(rows).toContain('7\tchanged');
    expect(rows).not.toContain(`7\t8f14e45fceea167a5a36dedd4bea2543`);
  });
});
