import { Inject, Injectable } from '@nestjs/common';
import type { Caller } from '../auth/caller.js';
import type { ChangeCounts, SnapshotComparison } from '../contract/generated/types.gen.js';
import type { ContentsPage } from '../engine/contents/browse.js';
import { type DefinitionChange, definitionChanges } from '../engine/contents/compare-definitions.js';
import { countFileChanges, type FileChange, fileChanges } from '../engine/contents/compare-files.js';
import { type TableChange, tableChanges } from '../engine/contents/compare-tables.js';
import { type PrimaryKeys, primaryKeysIn } from '../engine/contents/primary-keys.js';
import { descriptionOf, firstOf, type OpenedSnapshot } from '../engine/contents/snapshot-parts.js';
import { errors } from '../errors/catalogue.js';
import { SnapshotReader } from '../snapshots/snapshot-reader.js';
import type { SnapshotEntity } from '../snapshots/snapshot.entity.js';
import { VAULT } from '../vault-access/vault.token.js';
import type { Vault } from '../vault/vault.js';
import { SnapshotContents } from './snapshot-contents.js';
import { vaultTrouble } from './vault-trouble.js';

/** What is read of rows for one page of tables. A key and a digest of each row are in memory meanwhile. */
const MOST_READ = { bytes: 32 * 1024 * 1024, rows: 500_000 };
const NOTHING = { bytes: 0, rows: 0 };

/** Two snapshots of a project. */
interface Pair {
  before: SnapshotEntity;
  after: SnapshotEntity;
}

/** Compares completed snapshots of a project. What reads of them rejects as `vaultTrouble` says. */
@Injectable()
export class SnapshotComparisons {
  constructor(
    private readonly contents: SnapshotContents,
    private readonly snapshots: SnapshotReader,
    @Inject(VAULT) private readonly vault: Vault,
  ) {}

  /** Throws `not-found`, also for a snapshot of another project, and `snapshot-not-completed`. */
  async open(
    caller: Caller,
    { environmentId, snapshotId, with: other }: { environmentId: string; snapshotId: string; with: string },
  ): Promise<Pair> {
    const before = await this.contents.open(caller, environmentId, snapshotId);
    const after = await this.snapshots.byId(other);
    if (after === null || after.projectId !== before.projectId) throw errors.notFound('snapshot', other);
    if (after.status !== 'completed') throw errors.snapshotNotCompleted(other, after.status);
    return { before, after };
  }

  count(pair: Pair): Promise<Pick<SnapshotComparison, 'definitions' | 'tables' | 'files'>> {
    return this.reading(pair, async (before, after) => {
      const tables = noChanges();
      const same = () => (tables.unchangedCount += 1);
      for await (const { change } of tableChanges(before, after, { most: NOTHING, same, primaryKeys: noKeys })) {
        count(tables, change);
      }
      return {
        definitions: await countDefinitions(before, after),
        tables,
        files: await countFileChanges(before.listing, after.listing),
      };
    });
  }

  definitions(pair: Pair, limit: number, from: number): Promise<ContentsPage<DefinitionChange, number>> {
    return this.reading(pair, async (before, after) => {
      const [was, is] = [await descriptionOf(before), await descriptionOf(after)];
      return pageOf(definitionChanges(was, is, { from }), limit, ({ number }) => number);
    });
  }

  tables(pair: Pair, limit: number, from: string | undefined): Promise<ContentsPage<TableChange>> {
    return this.reading(pair, (before, after) => {
      let known: Promise<PrimaryKeys> | undefined;
      const primaryKeys = () => (known ??= keysOf(after));
      const changes = tableChanges(before, after, { from, most: MOST_READ, primaryKeys });
      return pageOf(changes, limit, ({ key }) => key);
    });
  }

  files(pair: Pair, limit: number, from: string | undefined): Promise<ContentsPage<FileChange>> {
    return this.reading(pair, (before, after) =>
      pageOf(fileChanges(before.listing, after.listing, { from }), limit, ({ key }) => key),
    );
  }

  private async reading<T>(
    { before, after }: Pair,
    read: (before: OpenedSnapshot, after: OpenedSnapshot) => Promise<T>,
  ): Promise<T> {
    const { vault } = this;
    const opened = async ({ id, projectId: project }: SnapshotEntity): Promise<OpenedSnapshot> => {
      try {
        const listing = await vault.openListing(project, id);
        return {
          vault: { readContent: (of, content) => ofSnapshot(id, vault.readContent(of, content)) },
          project,
          listing,
        };
      } catch (error) {
        throw vaultTrouble(error, id);
      }
    };
    const [was, is] = [await opened(before), await opened(after)];
    try {
      return await read(was, is);
    } catch (error) {
      // Of a listing, what the vault says has in it of which of the two it is.
      throw vaultTrouble(error, before.id);
    }
  }
}

/** The same bytes; when they cannot be had, of this snapshot. */
async function* ofSnapshot(id: string, bytes: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  try {
    yield* bytes;
  } catch (error) {
    throw vaultTrouble(error, id);
  }
}

/** Null where one of the two has a database and does not say what is in it. */
async function countDefinitions(before: OpenedSnapshot, after: OpenedSnapshot): Promise<ChangeCounts | null> {
  const descriptions = [];
  for (const snapshot of [before, after]) {
    const description = await descriptionOf(snapshot);
    if (description === undefined && (await firstOf(snapshot.listing, 'database')) !== undefined) return null;
    descriptions.push(description);
  }
  const counts = noChanges();
  const same = () => (counts.unchangedCount += 1);
  for await (const { change } of definitionChanges(descriptions[0], descriptions[1], { same })) count(counts, change);
  return counts;
}

async function keysOf(snapshot: OpenedSnapshot): Promise<PrimaryKeys> {
  const description = await descriptionOf(snapshot);
  return description === undefined ? new Map() : primaryKeysIn(description);
}

const noKeys = async (): Promise<PrimaryKeys> => new Map();

function noChanges(): ChangeCounts {
  return { addedCount: 0, removedCount: 0, changedCount: 0, unchangedCount: 0 };
}

function count(counts: ChangeCounts, change: 'added' | 'removed' | 'changed'): void {
  counts[`${change}Count`] += 1;
}

/** As many as a page has, and where the next begins. */
async function pageOf<C, K>(
  changes: AsyncIterable<C>,
  limit: number,
  keyOf: (change: C) => K,
): Promise<ContentsPage<C, K>> {
  const items: C[] = [];
  for await (const change of changes) {
    if (items.length === limit) return { items, next: keyOf(change) };
    items.push(change);
  }
  return { items, next: undefined };
}
