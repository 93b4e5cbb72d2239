import { Inject, Injectable } from '@nestjs/common';
import type { Caller } from '../auth/caller.js';
import type { Bounds } from '../database/page.js';
import { type AskedPath, fileAt, filesPage, type FilestorePart } from '../engine/contents/browse-files.js';
import { type BrowsedTable, tablesPage } from '../engine/contents/browse-tables.js';
import type { ContentsPage } from '../engine/contents/browse.js';
import { errors } from '../errors/catalogue.js';
import { EnvironmentReader } from '../projects/environments/environment-reader.js';
import { SnapshotReader } from '../snapshots/snapshot-reader.js';
import type { SnapshotEntity } from '../snapshots/snapshot.entity.js';
import { VAULT } from '../vault-access/vault.token.js';
import type { Listing } from '../vault/listing/listing.js';
import type { FileEntry } from '../vault/manifests/manifest.js';
import type { Vault } from '../vault/vault.js';
import { keyOfBounds } from './contents.dto.js';
import { vaultTrouble } from './vault-trouble.js';

interface Asked {
  search?: string;
  bounds: Bounds;
}

/** Looks into completed snapshots. What reads of one rejects as `vaultTrouble` says. */
@Injectable()
export class SnapshotContents {
  constructor(
    private readonly environments: EnvironmentReader,
    private readonly snapshots: SnapshotReader,
    @Inject(VAULT) private readonly vault: Vault,
  ) {}

  /**
   * A snapshot that the caller may look into. `data`: also into the bytes of its files, which of a production environment takes more. Throws
   * `not-found`, `snapshot-not-completed` and `permission-missing`.
   */
  async open(
    caller: Caller,
    environmentId: string,
    snapshotId: string,
    { data = false }: { data?: boolean } = {},
  ): Promise<SnapshotEntity> {
    const environment = await this.environments.require(caller, environmentId);
    const snapshot = await this.snapshots.require(environmentId, snapshotId);
    if (data && environment.type === 'production' && !caller.permissions.has('environments:write')) {
      throw errors.permissionMissing('environments:write');
    }
    if (snapshot.status !== 'completed') throw errors.snapshotNotCompleted(snapshotId, snapshot.status);
    return snapshot;
  }

  tables(snapshot: SnapshotEntity, asked: Asked): Promise<ContentsPage<BrowsedTable>> {
    return this.reading(snapshot, (listing) => tablesPage(listing, pageOptions(asked)));
  }

  /** What it was compared with, while that is there. */
  async baseOf({ baseSnapshotId }: SnapshotEntity): Promise<SnapshotEntity | null> {
    return baseSnapshotId === null ? null : this.snapshots.byId(baseSnapshotId);
  }

  /** Throws `not-found` for what is no directory. */
  async files(snapshot: SnapshotEntity, path: AskedPath, asked: Asked): Promise<ContentsPage<FilestorePart>> {
    return this.reading(snapshot, async (listing) => {
      const page = await filesPage(listing, path, pageOptions(asked));
      // What has something in it is one.
      if (page.items.length > 0 || page.next !== undefined || path.length === 0) return page;
      if ((await fileAt(listing, path))?.kind !== 'directory') throw errors.pathNotFound('directory');
      return page;
    });
  }

  /** Throws `not-found`. */
  entry(snapshot: SnapshotEntity, path: AskedPath): Promise<FilestorePart> {
    return this.reading(snapshot, async (listing) => {
      const entry = await fileAt(listing, path);
      if (entry === undefined) throw errors.pathNotFound('entry');
      return entry;
    });
  }

  /** Throws `not-found`, also for a directory and a link. */
  async file(snapshot: SnapshotEntity, path: AskedPath): Promise<FileEntry> {
    const entry = await this.entry(snapshot, path);
    if (entry.kind !== 'file') throw errors.pathNotFound('file');
    return entry;
  }

  private async reading<T>({ id, projectId }: SnapshotEntity, read: (listing: Listing) => Promise<T>): Promise<T> {
    try {
      return await read(await this.vault.openListing(projectId, id));
    } catch (error) {
      throw vaultTrouble(error, id);
    }
  }
}

function pageOptions({ search, bounds }: Asked): {
  limit: number;
  from: string | undefined;
  search: string | undefined;
} {
  return { limit: bounds.limit, from: keyOfBounds(bounds), search };
}
