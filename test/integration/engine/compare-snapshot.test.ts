import { randomUUID } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { stagedDirectoryName } from '../../../src/engine/filestore/paths/enclosure.js';
import { gatherDatabaseFacts } from '../../../src/engine/postgres/databases/database-facts.js';
import { shadowDatabaseName } from '../../../src/engine/postgres/databases/shadow-database.js';
import { compareSnapshot, type ComparisonRequest } from '../../../src/engine/restore/compare/compare-snapshot.js';
import type { ManifestEntry } from '../../../src/vault/manifests/manifest.js';
import type { Vault } from '../../../src/vault/vault.js';
import { query } from '../../harness/database.js';
import { CUSTOMERS, PROJECT, quietly, RestoreFixture } from './restore-fixture.js';

let fixture: RestoreFixture;

beforeAll(async () => {
  fixture = await RestoreFixture.create();
});
afterAll(() => fixture.remove());

async function request(attemptId = randomUUID()): Promise<ComparisonRequest> {
  return {
    project: PROJECT,
    snapshotId: fixture.snapshotId,
    attemptId,
    database: { address: fixture.address, like: await gatherDatabaseFacts(fixture.address) },
    filestore: { path: fixture.files },
  };
}

/** The fixture's vault, whose manifest is told otherwise from the given reading of it on. */
function told(alter: (entry: ManifestEntry) => ManifestEntry, { from = 1 } = {}): Vault {
  const { vault } = fixture;
  let readings = 0;
  async function* readEntries(project: string, snapshotId: string): AsyncGenerator<ManifestEntry> {
    readings += 1;
    const isAltered = readings >= from;
    for await (const entry of vault.readEntries(project, snapshotId)) yield isAltered ? alter(entry) : entry;
  }
  return Object.assign(Object.create(vault) as Vault, { readEntries });
}

it('finds a snapshot equal to what it is restored to, and removes what it made', async () => {
  const compared = await compareSnapshot(await request(), fixture.vault, quietly);
  expect(compared).toMatchObject({ tables: 2, rows: CUSTOMERS + 1, files: 2, leftOver: [] });
  expect(compared.bytes).toBeGreaterThan(1000);
  expect(await fixture.leftovers()).toEqual([]);
});

it('removes what an attempt with the same id has left, and begins again', async () => {
  const attemptId = randomUUID();
  await query(fixture.address, `CREATE DATABASE ${shadowDatabaseName(attemptId)}`);
  const directory = stagedDirectoryName(fixture.files, attemptId);
  await mkdir(dirname(directory), { mode: 0o700 });
  await mkdir(directory);
  await writeFile(`${directory}/half`, 'written');
  expect(await compareSnapshot(await request(attemptId), fixture.vault, quietly)).toMatchObject({ leftOver: [] });
  expect(await fixture.leftovers()).toEqual([]);
});

const oneRowMore = (entry: ManifestEntry): ManifestEntry =>
  entry.kind === 'segment' ? { ...entry, rows: entry.rows + 1 } : entry;
const otherBytes = (entry: ManifestEntry): ManifestEntry =>
  entry.kind === 'file' ? { ...entry, content: { ...entry.content, sha256: 'ab'.repeat(32) } } : entry;

it('names rows that are fewer than the manifest says', async () => {
  await expect(compareSnapshot(await request(), told(oneRowMore), quietly)).rejects.toMatchObject({
    code: 'snapshot-damaged',
    message: expect.stringContaining('"public"'),
  });
  expect(await fixture.leftovers()).toEqual([]);
});

it('names files whose bytes are not the captured ones', async () => {
  const { database: _, ...filestoreOnly } = await request();
  // The first reading looks it over, the second one restores, the third one compares.
  await expect(compareSnapshot(filestoreOnly, told(otherBytes, { from: 3 }), quietly)).rejects.toMatchObject({
    code: 'verification-failed',
    message: expect.stringContaining('has other bytes'),
  });
  expect(await fixture.leftovers()).toEqual([]);
});

it('leaves nothing when it is stopped in the middle', async () => {
  const stop = new AbortController();
  const reason = new Error('enough');
  const progress = { report: ({ phase }: { phase: string }) => phase === 'stage-database' && stop.abort(reason) };
  await expect(compareSnapshot(await request(), fixture.vault, { signal: stop.signal, progress })).rejects.toBe(reason);
  expect(await fixture.leftovers()).toEqual([]);
});
