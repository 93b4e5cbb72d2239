import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Pool } from 'pg';
import type { CaptureLease, Catalogue } from '../../../src/vault/catalogue/catalogue.js';
import type { NewPack, PackedChunk } from '../../../src/vault/catalogue/catalogue-records.js';
import type { LiveChunk, LockedPack } from '../../../src/vault/catalogue/collection-session.js';
import type { ManifestObject, PackObject } from '../../../src/vault/catalogue/catalogue-records.js';
import type { ManifestStore, PackStore } from '../../../src/vault/collection/stores.js';
import { packed } from './catalogue-fixture.js';

/** What each chunk of the model counts as, so that packs of a few are worth rewriting. No such bytes are written. */
const CHUNK_BYTES = 3 * 1024 * 1024;

/** Called before each thing that is done to the files; may wait or throw. */
export type Step = (what: string) => Promise<void>;

/** The objects of one project as real files: a pack is the list of its chunks, and so is a manifest. */
export class ModelVault implements PackStore, ManifestStore {
  step: Step = async () => undefined;

  private constructor(readonly directory: string) {}

  static async create(): Promise<ModelVault> {
    const vault = new ModelVault(await mkdtemp(join(tmpdir(), 'snapback-model-vault-')));
    for (const folder of ['packs', 'manifests']) await mkdir(join(vault.directory, folder));
    return vault;
  }

  /** The same files, with steps of its own. */
  withStep(step: Step): ModelVault {
    const vault = new ModelVault(this.directory);
    vault.step = step;
    return vault;
  }

  async remove(): Promise<void> {
    await rm(this.directory, { recursive: true, force: true });
  }

  async putPack(ids: readonly Buffer[]): Promise<{ pack: NewPack; chunks: PackedChunk[] }> {
    await this.step('put pack');
    const pack = { id: randomBytes(32), bytes: ids.length * CHUNK_BYTES + 100, keyId: 'key' };
    await writeFile(this.packFile(pack.id), ids.map((id) => id.toString('hex')).join('\n'));
    return { pack, chunks: packed(ids, CHUNK_BYTES) };
  }

  async putManifest(lease: CaptureLease, ids: readonly Buffer[]): Promise<{ objectKey: string; bytes: number }> {
    await this.step('put manifest');
    const objectKey = `${lease.snapshotId}.${lease.captureId}`;
    await writeFile(join(this.directory, 'manifests', objectKey), ids.map((id) => id.toString('hex')).join('\n'));
    return { objectKey, bytes: 1 };
  }

  async *listPacks(): AsyncGenerator<PackObject[]> {
    await this.step('list packs');
    for (const name of await readdir(join(this.directory, 'packs'))) yield [{ id: Buffer.from(name, 'hex'), bytes: 1 }];
  }

  /** What the store does not let go. */
  readonly locked = new Map<string, Date>();

  async deletePacks(_project: string, ids: readonly Buffer[]): Promise<LockedPack[]> {
    const locked: LockedPack[] = [];
    for (const id of ids) {
      await this.step('delete pack');
      const until = this.locked.get(id.toString('hex'));
      if (until === undefined) await rm(this.packFile(id), { force: true });
      else locked.push({ id, until });
    }
    return locked;
  }

  async *rewrite(
    _project: string,
    chunks: AsyncIterable<readonly LiveChunk[]>,
  ): AsyncGenerator<{ pack: NewPack; chunks: PackedChunk[] }> {
    for await (const batch of chunks) {
      for (const chunk of batch) {
        const held = await this.chunksIn(chunk.packId);
        if (!held.includes(chunk.id.toString('hex'))) throw new Error('A chunk to be copied is not in its pack.');
      }
      yield await this.putPack(batch.map(({ id }) => id));
    }
  }

  async *listManifests(): AsyncGenerator<ManifestObject[]> {
    await this.step('list manifests');
    const names = await readdir(join(this.directory, 'manifests'));
    yield names.map((objectKey) => {
      const [snapshotId = '', captureId = ''] = objectKey.split('.');
      return { objectKey, snapshotId, captureId };
    });
  }

  async *liveChunks(_project: string, objectKey: string): AsyncGenerator<Buffer[]> {
    await this.step('read manifest');
    yield (await this.chunksOfManifest(objectKey)).map((id) => Buffer.from(id, 'hex'));
  }

  async deleteManifests(_project: string, objectKeys: readonly string[]): Promise<string[]> {
    for (const key of objectKeys) {
      await this.step('delete manifest');
      await rm(join(this.directory, 'manifests', key), { force: true });
    }
    return [];
  }

  /** Throws when a published snapshot could not be restored, or lies in packs that it is not said to need. */
  async checkRestorable(catalogue: Catalogue, project: string): Promise<void> {
    for await (const { snapshotId, objectKey } of catalogue.manifestsOf(project)) {
      const ids = await this.chunksOfManifest(objectKey);
      const places = await catalogue.locate(
        project,
        ids.map((id) => Buffer.from(id, 'hex')),
      );
      const unsecured = await catalogue.unsecured(
        project,
        objectKey,
        ids.map((id) => Buffer.from(id, 'hex')),
      );
      if (unsecured.length > 0) throw new Error(`Snapshot ${snapshotId}: a chunk is in no pack that it names.`);
      for (const [index, place] of places.entries()) {
        if (place === null) throw new Error(`Snapshot ${snapshotId}: a chunk is not in the catalogue.`);
        if (!existsSync(this.packFile(place.packId))) throw new Error(`Snapshot ${snapshotId}: its pack was deleted.`);
        const held = await this.chunksIn(place.packId);
        if (!held.includes(ids[index]!)) throw new Error(`Snapshot ${snapshotId}: a chunk is not in its pack.`);
      }
    }
  }

  /** What is stored or recorded and needed by nobody, in words; empty after a quiet collection. */
  async unneeded(pool: Pool, catalogue: Catalogue, project: string): Promise<string[]> {
    const needed = new Set<string>();
    const keys = new Set<string>();
    for await (const { objectKey } of catalogue.manifestsOf(project)) {
      keys.add(objectKey);
      for (const id of await this.chunksOfManifest(objectKey)) needed.add(id);
    }
    const problems: string[] = [];
    const recorded = new Set<string>();
    for await (const { id, state } of catalogue.packsOf(project)) {
      recorded.add(id.toString('hex'));
      if (state !== 'live') problems.push(`a pack is ${state}`);
      if (!(await this.chunksIn(id)).some((chunk) => needed.has(chunk))) problems.push('a pack is needed by nobody');
    }
    for (const name of await readdir(join(this.directory, 'packs'))) {
      if (!recorded.has(name)) problems.push('a pack object has no row');
    }
    for (const name of await readdir(join(this.directory, 'manifests'))) {
      if (!keys.has(name)) problems.push('a manifest object is not published');
    }
    const { rowCount } = await pool.query(
      `SELECT FROM vault.chunks c WHERE c.project = $1
          AND NOT EXISTS (SELECT FROM vault.packs p WHERE p.number = c.pack)`,
      [project],
    );
    if (rowCount) problems.push(`${rowCount} chunk rows without a pack`);
    return problems;
  }

  async packCount(): Promise<number> {
    return (await readdir(join(this.directory, 'packs'))).length;
  }

  private packFile(id: Buffer): string {
    return join(this.directory, 'packs', id.toString('hex'));
  }

  private async chunksIn(packId: Buffer): Promise<string[]> {
    return (await readFile(this.packFile(packId), 'utf8')).split('\n');
  }

  private async chunksOfManifest(objectKey: string): Promise<string[]> {
    const text = await readFile(join(this.directory, 'manifests', objectKey), 'utf8');
    return text === '' ? [] : text.split('\n');
  }
}
