import type { Vault } from '../../../vault/vault.js';
import type { SegmentEntry } from '../../../vault/manifest-database.js';
import type { DatabaseAddress } from '../../postgres/database-address.js';
import { explained } from '../../postgres/postgres-errors.js';
import type { WorkContext } from '../../progress.js';
import { addForeignKeys } from './add-foreign-keys.js';
import { analyzableTables, refreshViews, setSequences } from './complete-database.js';
import type { DatabaseSurvey } from './database-survey.js';
import type { ArchiveEntry } from './archive-entries.js';
import { DefinitionsArchive } from './definitions-archive.js';
import { chooseHashedTables, type VerificationMode } from './hashed-tables.js';
import type { LaneConnection } from './lane-connection.js';
import { defaultLanes, type LaneOptions, onLanes } from './lanes.js';
import { loadTables } from './load-tables.js';
import { RoleMapping } from './missing-roles.js';
import { planDefinitions } from './plan-definitions.js';
import { type VerifiedDatabase, verifyDatabase } from './verify-database.js';

/** What all indexes being built at a time may take of the server's memory. */
const INDEX_MEMORY_BYTES = 512 * 1024 * 1024;

/**
 * What may come after CREATE INDEX in the same transaction and needs a stronger lock on the table: two of these side by
 * side would wait for each other for ever.
 */
const STRONGER_LOCKS = ['CLUSTER ON', 'REPLICA IDENTITY', 'SET STATISTICS'];

export interface RestoredDatabase extends VerifiedDatabase {
  /** Roles that the definitions name and the server does not have, sorted: what was theirs is the address's role's. */
  missingRoles: readonly string[];
}

export interface DatabaseRestore {
  project: string;
  snapshotId: string;
  vault: Vault;
  /** What `DatabaseSurveyor` found in the same manifest. */
  survey: DatabaseSurvey;
  /** Of the database to fill, which exists and is empty. */
  address: DatabaseAddress;
  serverMajor: number;
  /** False: everything belongs to the address's role and nobody else has privileges. */
  keepOwnersAndPrivileges: boolean;
  verification: VerificationMode;
  /** Connections to load over, and programs to build indexes with; default `defaultLanes()`. */
  lanes?: number;
  /** For the definitions and large objects while they are needed; default the system's temporary directory. */
  temporaryDirectory?: string;
}

/**
 * Restores a captured database into an empty one and compares it with the manifest. In this order: definitions;
 * rows, with the indexes and constraints of a table as soon as its rows are in, and large objects; comparison; foreign
 * keys and what else follows the rows; sequences; privileges; materialised views; statistics; event triggers.
 * Memory does not grow with the data.
 *
 * The comparison comes before privileges, row security and triggers, of which a restoring role may be the victim; nothing
 * after it writes rows of tables.
 *
 * Rejects with an `EngineError` that has PostgreSQL's reason, a `VaultError`, or `signal.reason`, at the first failure of
 * any part. Nothing is left running then, and no file; the database is left half filled, to be dropped.
 */
export async function restoreDatabase(restore: DatabaseRestore, context: WorkContext): Promise<RestoredDatabase> {
  const { vault, project, survey, address, serverMajor, keepOwnersAndPrivileges, temporaryDirectory } = restore;
  const { encoding } = survey.database.properties;
  const archive = await DefinitionsArchive.open(
    vault.readContent(project, survey.database.content),
    {
      address,
      keepOwnersAndPrivileges,
      serverMajor,
      encoding,
      ...(temporaryDirectory === undefined ? {} : { directory: temporaryDirectory }),
    },
    context.signal,
  );
  try {
    return await new Restoration(restore, context, archive).run();
  } finally {
    await archive.remove();
  }
}

class Restoration {
  private readonly lanes: LaneOptions;
  private bytesDone = 0;

  constructor(
    private readonly restore: DatabaseRestore,
    private readonly context: WorkContext,
    private readonly archive: DefinitionsArchive,
  ) {
    const { address, serverMajor, lanes = defaultLanes() } = restore;
    this.lanes = { address, serverMajor, lanes, signal: context.signal };
  }

  async run(): Promise<RestoredDatabase> {
    const { archive, lanes } = this;
    const { survey, verification, snapshotId } = this.restore;
    const { signal } = this.context;
    const memoryBytes = INDEX_MEMORY_BYTES / lanes.lanes;

    this.say('Restoring the definitions.');
    const entries = await archive.entries(signal);
    const missingRoles = await this.mapMissingRoles(entries);
    const plan = planDefinitions(entries, survey.tables.values());
    await archive.restore(plan.preData, INDEX_MEMORY_BYTES, signal);
    await archive.restore(plan.ofEmptyTables, INDEX_MEMORY_BYTES, signal);

    const indexes = [...plan.ofTables.values()].flatMap((definitions) => definitions.indexes);
    this.say('Loading the rows and building the indexes.');
    const hashes = await loadTables({
      ...lanes,
      survey,
      segments: this.segments(),
      read: (content) => this.restore.vault.readContent(this.restore.project, content),
      archive,
      plan,
      indexesSideBySide: !(await archive.mentions(indexes, STRONGER_LOCKS, signal)),
      memoryBytes,
      hashed: chooseHashedTables(survey.tables.values(), verification, snapshotId),
      onBytes: (bytes) => this.advance(bytes),
    });

    this.say('Comparing the rows with the snapshot.');
    const { encoding } = survey.database.properties;
    const verified = await verifyDatabase({ ...lanes, tables: survey.tables.values(), encoding, hashes });

    this.say('Adding foreign keys and what else follows the rows.');
    await archive.restore(plan.rest, INDEX_MEMORY_BYTES, signal);
    const { foreignKeys } = plan;
    await addForeignKeys({ ...lanes, archive, entries, tables: survey.tables.values(), foreignKeys, memoryBytes });
    // Before the privileges: an owner may have taken them from itself.
    await this.onOneLane(async (lane) => setSequences(await lane.client(), survey.sequences));
    await archive.restore(plan.last, INDEX_MEMORY_BYTES, signal);

    // After them: a view is refreshed with its owner's, who needs them on what it reads.
    await this.onOneLane(async (lane) =>
      refreshViews(await lane.client(), survey.materializedViews, (name) =>
        this.say(`Refreshing the materialised view ${name}.`),
      ),
    );
    await this.gatherStatistics();
    await archive.restore(plan.eventTriggers, INDEX_MEMORY_BYTES, signal);
    return { ...verified, missingRoles };
  }

  private async mapMissingRoles(entries: readonly ArchiveEntry[]): Promise<readonly string[]> {
    const { address, keepOwnersAndPrivileges: owners } = this.restore;
    const options = { ownRole: address.user, owners, signal: this.context.signal };
    const roles = await this.onOneLane(async (lane) =>
      RoleMapping.find(this.archive, entries, await lane.client(), options),
    );
    this.archive.mapRoles(roles);
    return roles.missing;
  }

  /** So that the first queries are not slow. */
  private async gatherStatistics(): Promise<void> {
    this.say('Gathering statistics.');
    const tables = (await this.onOneLane(async (lane) => analyzableTables(await lane.client()))).values();
    // Somebody else's table is passed over with a warning: statistics are no reason to fail.
    await onLanes(this.lanes, async (lane, signal) => {
      for (const table of tables) {
        signal.throwIfAborted();
        await this.serverErrors(async () => (await lane.client()).query(`ANALYZE ${table}`));
      }
    });
  }

  private async onOneLane<T>(work: (lane: LaneConnection) => Promise<T>): Promise<T> {
    let result!: T;
    await onLanes({ ...this.lanes, lanes: 1 }, async (lane) => {
      result = await this.serverErrors(() => work(lane));
    });
    return result;
  }

  private async serverErrors<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      throw explained(error, this.restore.address);
    }
  }

  private async *segments(): AsyncIterable<SegmentEntry> {
    const { vault, project, snapshotId } = this.restore;
    for await (const entry of vault.readEntries(project, snapshotId)) if (entry.kind === 'segment') yield entry;
  }

  private advance(bytes: number): void {
    this.bytesDone += bytes;
    this.say();
  }

  private say(message?: string): void {
    this.context.progress.report({
      phase: 'stage-database',
      bytesDone: this.bytesDone,
      bytesTotal: this.restore.survey.dataBytes,
      ...(message ? { message } : {}),
    });
  }
}
