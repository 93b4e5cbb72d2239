import { randomBytes, randomUUID } from 'node:crypto';
import { rm, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LocalBackend } from '../../../src/vault/backend/local/local-backend.js';
import { parseChunkerSettings, DEFAULT_CHUNKER_SETTINGS } from '../../../src/vault/chunking/chunker-settings.js';
import { newFormat, printFormat, readFormat } from '../../../src/vault/format/format-file.js';
import { lookThrough } from '../../../src/vault/replica/look-through.js';
import { openReplica } from '../../../src/vault/replica/open-replica.js';
import { freePacks, retire } from '../../../src/vault/replica/retire.js';
import { keysIn, signal, VaultWithReplica } from './replica-fixture.js';

let both: VaultWithReplica;
beforeAll(async () => {
  both = await VaultWithReplica.create();
});
afterAll(() => both.remove());

const KEEP_DAYS = 30;
async function tidy(): Promise<{ snapshots: number; packs: number }> {
  const retired = await retire(both.parts, both.project, { keepDays: KEEP_DAYS, signal });
  return { snapshots: retired.length, packs: await freePacks(both.parts, both.project, signal) };
}
const look = () => lookThrough(both.parts, both.project, signal);

describe('a snapshot that was deleted from the vault', () => {
  it('stays in the replica for its days, with all it needs, and goes then with what only it needed', async () => {
    const [shared, ownOfFirst] = [randomBytes(60_000), randomBytes(60_000)];
    const first = await both.capture(ownOfFirst);
    const second = await both.capture(shared);
    for (const snapshotId of [first, second]) await both.copy(snapshotId);
    await both.delete(first, KEEP_DAYS - 1);
    expect(await tidy()).toEqual({ snapshots: 0, packs: 0 });
    expect(await both.readReplica(first)).toEqual([ownOfFirst]);

    await both.dataSource.query('UPDATE replica_snapshots SET gone_since = gone_since - make_interval(days => 2)');
    expect(await tidy()).toEqual({ snapshots: 1, packs: 1 });
    await expect(both.readReplica(first)).rejects.toMatchObject({ code: 'manifest-missing' });
    expect(await both.readReplica(second)).toEqual([shared]);
    expect(await tidy()).toEqual({ snapshots: 0, packs: 0 });
  });

  it('and that the vault has again, begins its time anew', async () => {
    const snapshotId = await both.capture(randomBytes(10_000));
    await both.copy(snapshotId);
    await both.dataSource.query(`UPDATE replica_snapshots SET gone_since = now() - interval '1 year'`);
    expect((await tidy()).snapshots).toBe(0);
    expect(await both.objects('manifests')).toContainEqual(expect.stringContaining(snapshotId));
  });

  it('before all of it was copied leaves nothing there', async () => {
    const snapshotId = await both.capture(randomBytes(20_000));
    const needs = (await both.parts.catalogue.needsOf(both.project, snapshotId))!;
    const before = await both.objects('packs');
    await both.copy(snapshotId);
    // As a process that was killed before the manifest leaves it.
    await both.parts.replica.delete([needs.manifest.objectKey]);
    await both.dataSource.query('UPDATE replica_snapshots SET copied_at = NULL WHERE snapshot_id = $1', [snapshotId]);
    await both.delete(snapshotId);
    expect(await tidy()).toEqual({ snapshots: 1, packs: 1 });
    expect(await both.objects('packs')).toEqual(before);
  });
});

describe('a replica that is ahead', () => {
  it('keeps what nobody knows for its days, with all packs, and then lets go of what nothing needs', async () => {
    const content = randomBytes(40_000);
    const unknown = await both.capture(content);
    const known = await both.capture(randomBytes(40_000));
    for (const snapshotId of [unknown, known]) await both.copy(snapshotId);
    await both.delete(unknown);
    await both.dataSource.query('DELETE FROM snapshot_deletions');
    await both.forgetReplica();
    expect((await look()).unknownSnapshots).toBeGreaterThanOrEqual(2);
    expect(await tidy()).toEqual({ snapshots: 0, packs: 0 });
    expect(await both.readReplica(unknown)).toEqual([content]);
    // Nothing is copied twice: what is there is read and compared.
    expect(await both.copy(known)).toMatchObject({ state: 'copied', bytes: 0 });
    expect(await tidy()).toEqual({ snapshots: 0, packs: 0 });

    await both.dataSource.query('UPDATE replica_snapshots SET gone_since = gone_since - make_interval(days => 31)');
    const others = await both.dataSource.query(
      `SELECT snapshot_id FROM replica_snapshots WHERE NOT needs_known AND gone_since IS NULL`,
    );
    for (const { snapshot_id } of others as { snapshot_id: string }[]) await both.copy(snapshot_id);
    expect((await tidy()).packs).toBeGreaterThanOrEqual(1);
    await expect(both.readReplica(unknown)).rejects.toMatchObject({ code: 'manifest-missing' });
  });
});

describe('a replica that is behind', () => {
  it('is given again what it has lost, manifests and packs', async () => {
    const contents = [randomBytes(50_000), randomBytes(50_000)];
    const snapshots = [await both.capture(contents[0]!), await both.capture(contents[1]!)];
    for (const snapshotId of snapshots) await both.copy(snapshotId);
    const needs = await Promise.all(snapshots.map((id) => both.parts.catalogue.needsOf(both.project, id)));
    const pack = needs[0]!.packs![0]!.id.toString('hex');
    await both.parts.replica.delete([
      `projects/${both.project}/packs/${pack.slice(0, 2)}/${pack}`,
      needs[1]!.manifest.objectKey,
    ]);
    expect(await look()).toMatchObject({ lostObjects: 2 });
    expect(await both.replicatedAt(snapshots[0]!)).toBeNull();
    // The newest first.
    expect(await both.snapshots.nextOf(both.project, [])).toBe(snapshots[1]);
    expect((await both.snapshots.lag()).waiting).toBeGreaterThanOrEqual(2);
    for (const snapshotId of snapshots) await both.copy(snapshotId);
    for (const [index, snapshotId] of snapshots.entries()) {
      expect(await both.readReplica(snapshotId)).toEqual([contents[index]]);
    }
    expect(await look()).toEqual({ unknownSnapshots: 0, lostObjects: 0 });
  });

  it('lets go of packs that a killed process has left', async () => {
    const stray = 'ab'.repeat(32);
    const key = `projects/${both.project}/packs/ab/${stray}`;
    await both.parts.replica.put(key, {
      bytes: 3,
      open: async function* () {
        yield Buffer.from('abc');
      },
    });
    await look();
    expect((await tidy()).packs).toBe(1);
    expect(await keysIn(both.parts.replica, key)).toEqual([]);
  });
});

describe('a place for a replica', () => {
  let count = 0;
  async function place(): Promise<LocalBackend> {
    count += 1;
    return LocalBackend.open(join(both.directory, `place-${count}`));
  }
  const open = (replica: LocalBackend, filled = false) => openReplica(both.parts.vault, replica, async () => filled);

  it('gets the format file of the vault, by whose id a copy is known', async () => {
    const replica = await place();
    await open(replica);
    expect(await readFormat(replica)).toEqual(await readFormat(both.parts.vault));
    expect((await readFormat(replica))?.id).toMatch(/^[0-9a-f-]{36}$/);
    await open(replica, true);
    expect(await keysIn(replica)).toEqual(['format.json']);
  });

  it('is taken for a vault of before there were ids, which gets one', async () => {
    const other = await place();
    const { id: _, ...old } = newFormat();
    await other.replace('format.json', printFormat(old));
    await openReplica(other, await place(), async () => false);
    const given = await readFormat(other);
    expect(given).toMatchObject({ chunker: parseChunkerSettings(DEFAULT_CHUNKER_SETTINGS) });
    expect(given?.id).toMatch(/^[0-9a-f-]{36}$/);
  });

  it.each<[string, string, (replica: LocalBackend) => Promise<void>, boolean?]>([
    [
      'is the vault of somebody else',
      'replica-foreign',
      (replica) => replica.replace('format.json', printFormat(newFormat())),
    ],
    [
      'holds something else',
      'replica-foreign',
      (replica) => replica.replace('notes/of-somebody.txt', Buffer.from('x')),
    ],
    ['has a damaged format file', 'replica-foreign', (replica) => replica.replace('format.json', Buffer.from('{'))],
    ['is empty, and should not be', 'replica-missing', async () => undefined, true],
  ])('is refused, and nothing written there, when it %s', async (_, code, prepare, filled = false) => {
    const replica = await place();
    await prepare(replica);
    const before = await keysIn(replica);
    await expect(open(replica, filled)).rejects.toMatchObject({ code, needsPerson: true });
    expect(await keysIn(replica)).toEqual(before);
  });

  it('is refused when it is the vault under another name', async () => {
    const other = join(both.directory, 'another-name');
    await symlink(join(both.directory, 'vault'), other);
    await expect(open(await LocalBackend.open(other))).rejects.toMatchObject({ code: 'replica-same-place' });
    await rm(other);
    expect(await keysIn(both.parts.vault, 'probe/')).toEqual([]);
  });

  it('that is another one than before begins with nothing, and the snapshots say so', async () => {
    const snapshotId = await both.capture(randomBytes(10_000));
    await both.projects.bind('directory /one');
    await both.copy(snapshotId);
    expect(await both.projects.isFilled('directory /one')).toBe(true);
    await both.projects.bind('directory /one');
    expect(await both.replicatedAt(snapshotId)).not.toBeNull();
    expect(await both.projects.isFilled('directory /two')).toBe(false);
    await both.projects.bind('directory /two');
    expect(await both.replicatedAt(snapshotId)).toBeNull();
    const unattended = await both.projects.unattended(both.dataSource.manager, 'replication');
    expect(unattended).toContainEqual({ subject: both.project, projectId: both.project });
  });

  it('knows of a project that the service has no more until nothing of it is left', async () => {
    const gone = randomUUID();
    await both.projects.know(gone);
    expect(await both.projects.unattended(both.dataSource.manager, 'replication')).toContainEqual({ subject: gone });
    expect(await both.projects.forgetEmpty(both.project)).toBe(false);
    expect(await both.projects.forgetEmpty(gone)).toBe(true);
    expect(await both.projects.forgetEmpty(gone)).toBe(false);
  });
});
