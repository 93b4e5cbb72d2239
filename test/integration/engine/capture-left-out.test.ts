import { randomUUID } from 'node:crypto';
import { chmod } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { capture, type CaptureRequest } from '../../../src/engine/capture/capture.js';
import type { ManifestEntry } from '../../../src/vault/manifests/manifest.js';
import { createTestDatabase, query, type TestDatabase } from '../../harness/database.js';
import { makeVault, type VaultFixture } from '../pack-vault/fixture.js';
import { asNobody, collect, Scratch, silent } from './filestore-scratch.js';

const PROJECT = randomUUID();

describe('a capture that goes on without what it may not read', () => {
  let scratch: Scratch;
  let database: TestDatabase;
  let place: VaultFixture;

  beforeEach(async () => {
    scratch = await Scratch.create();
    place = await makeVault();
    database = await createTestDatabase();
  });
  afterEach(async () => {
    await database.drop();
    await place.remove();
    await scratch.remove();
  });

  const take = async (what: Pick<CaptureRequest, 'database' | 'filestore'>) => {
    const asked = { project: PROJECT, snapshotId: randomUUID(), ...what };
    const strict = await capture({ ...asked, snapshotId: randomUUID() }, place.vault, silent).catch((error) => error);
    const result = await capture({ ...asked, leaveOutUnreadable: true }, place.vault, silent);
    return { strict, result, entries: await collect(place.vault.readEntries(PROJECT, asked.snapshotId)) };
  };
  const named = (entries: ManifestEntry[], kind: ManifestEntry['kind']) =>
    entries.flatMap((entry) => (entry.kind === kind && 'name' in entry ? [entry.name] : []));

  it('has the rest of a database, and names the tables of others, of closed schemas and behind policies', async () => {
    await query(
      database.address,
      `CREATE TABLE kept (i int PRIMARY KEY); INSERT INTO kept VALUES (1); CREATE SEQUENCE counter;
       CREATE TABLE hidden (i int); ALTER TABLE hidden ENABLE ROW LEVEL SECURITY; ALTER TABLE hidden FORCE ROW LEVEL SECURITY;
       CREATE TABLE part (i int) PARTITION BY RANGE (i)`,
    );
    await query(
      database.admin,
      `CREATE TABLE public."theirs "".*" (i int); CREATE SEQUENCE public.their_counter; CREATE SCHEMA closed; CREATE TABLE closed.t (i int);
       CREATE TABLE public.their_part PARTITION OF part FOR VALUES FROM (0) TO (9); ALTER TABLE public.their_part OWNER TO CURRENT_USER;
       SELECT lo_from_bytea(0, 'theirs')`,
    );
    const { strict, result, entries } = await take({ database: database.address });
    expect(strict).toMatchObject({ code: 'database-permission-denied' });
    expect(named(entries, 'table')).toEqual(['kept']);
    expect(named(entries, 'sequence')).toEqual(['counter']);
    const [finding, ...others] = result.findings.filter(({ code }) => code === 'left-out');
    expect(others).toEqual([]);
    expect(finding).toMatchObject({ blocking: false });
    for (const name of ['theirs', 'their_counter', 'closed', 'their_part', 'hidden', 'large objects'])
      expect(finding!.message).toContain(name);
    expect(finding!.message).not.toContain('kept');
  });

  it('has the rest of a filestore, and names the file and the directory', async () => {
    const filestore = await scratch.directory('store');
    for (let n = 0; n < 100; n += 1) await scratch.file(`store/d/${n}`);
    await scratch.file('store/closed/inside');
    await chmod(scratch.path('store/d/13'), 0o000);
    await chmod(scratch.path('store/closed'), 0o000);
    await place.remove();
    const { strict, result, entries } = await asNobody(async () => {
      // One that nobody may write to.
      place = await makeVault();
      return take({ filestore });
    });
    expect(strict).toMatchObject({ code: 'filestore-unreadable' });
    expect(result).toMatchObject({ fileCount: 99 });
    expect(entries.filter(({ kind }) => kind === 'file')).toHaveLength(99);
    expect(entries.filter(({ kind }) => kind === 'directory')).toHaveLength(2);
    const [finding] = result.findings;
    expect(finding).toMatchObject({ code: 'left-out', blocking: false });
    for (const name of ['d/13', 'closed']) expect(finding!.message).toContain(name);
  });

  it('says nothing where it may read everything', async () => {
    const filestore = await scratch.directory('store');
    await scratch.file('store/a');
    const { strict, result } = await take({ database: database.address, filestore });
    expect(strict).toMatchObject({ findings: [] });
    expect(result.findings).toEqual([]);
  });

  it('still fails when the filestore itself cannot be read', async () => {
    const filestore = await scratch.directory('store');
    await chmod(filestore, 0o000);
    await place.remove();
    await asNobody(async () => {
      place = await makeVault();
      await expect(take({ filestore })).rejects.toMatchObject({ code: 'filestore-unreadable' });
    });
  });
});
