import { Inject, Injectable, Logger } from '@nestjs/common';
import type { Finding } from '../../contract/generated/types.gen.js';
import { EngineError } from '../../engine/engine-error.js';
import { decodePath } from '../../engine/filestore/paths/encoded-path.js';
import { stagedDirectoryOf } from '../../engine/filestore/paths/states-place.js';
import { claimItems, placeItems, takeBackItems } from '../../engine/items/place-items.js';
import { restoreTables } from '../../engine/items/restore-tables.js';
import { dropRestoredTables, restoredNames } from '../../engine/items/restored-schema.js';
import { type StagedItems, stageItems } from '../../engine/items/stage-items.js';
import type { RestorePhase, WorkContext } from '../../engine/progress.js';
import { asDamage } from '../../engine/restore/compare/manifest-survey.js';
import { dropKept } from '../../engine/restore/staging/discard.js';
import { isUnexpected, toFinding } from '../../errors/finding.js';
import { ProgressLog } from '../../progress/progress-log.js';
import { ProgressRecorder } from '../../progress/progress-recorder.js';
import { EnvironmentConnections, type EnvironmentPlaces } from '../../projects/connections/environment-connections.js';
import { EnvironmentReader } from '../../projects/environments/environment-reader.js';
import type { EnvironmentEntity } from '../../projects/environments/environment.entity.js';
import { SettingsReader } from '../../settings/settings-reader.js';
import { VAULT } from '../../vault-access/vault.token.js';
import type { Vault } from '../../vault/vault.js';
import { ItemRestoreLifecycle, ItemRestoreLost } from '../item-restore-lifecycle.js';
import { ItemRestoreReader } from '../item-restore-reader.js';
import { toRunningItemRestore } from '../item-restore.dto.js';
import type { ItemRestoreEntity } from '../item-restore.entity.js';

const PHASE_WEIGHTS = new Map<RestorePhase, number>([
  ['prepare', 5],
  ['stage-filestore', 45],
  ['stage-database', 45],
  ['cutover', 5],
]);

/** Where it is at work. */
interface Site {
  environment: EnvironmentEntity;
  places: EnvironmentPlaces;
}

/** Takes items out of a snapshot, or takes them back, from beginning to end. All that it does may be done again after a crash. */
@Injectable()
export class ItemRestoreRunner {
  private readonly logger = new Logger(ItemRestoreRunner.name);

  constructor(
    private readonly environments: EnvironmentReader,
    private readonly connections: EnvironmentConnections,
    private readonly settings: SettingsReader,
    private readonly reader: ItemRestoreReader,
    private readonly lifecycle: ItemRestoreLifecycle,
    private readonly progress: ProgressLog,
    @Inject(VAULT) private readonly vault: Vault,
  ) {}

  /** Returns when it has ended: its row says how. Throws only when `signal` was aborted (with its reason) or our own database failed. */
  async run(id: string, signal: AbortSignal): Promise<void> {
    const row = await this.lifecycle.take(id);
    if (row === null) return;
    const recorder = new ProgressRecorder(PHASE_WEIGHTS, (figures) =>
      this.progress.append(id, toRunningItemRestore(row, figures)),
    );
    let failure: { error: unknown } | undefined;
    try {
      if (row.status === 'undoing') return await this.undo(row);
      await this.restore(row, await this.siteOf(row), { signal, progress: recorder });
    } catch (error) {
      failure = { error };
    } finally {
      await recorder.close();
    }
    if (failure?.error instanceof ItemRestoreLost) return;
    if (failure && signal.aborted) {
      await this.lifecycle.handBack(row);
      throw signal.reason;
    }
    await (failure ? this.fail(row, failure.error) : this.complete(row));
  }

  /** Nobody will run it again. */
  async abandon(id: string): Promise<void> {
    const row = await this.reader.byId(id);
    if (row === null) return;
    const message = 'The worker that was at it died, and so did those that tried again.';
    const finding = { code: 'worker-lost', message };
    // Of an undo some may be done; it can be asked for again.
    if (row.status === 'undoing')
      return this.lifecycle.end(id, { status: 'completed', finding, staged: row.staged, undoMinutes: null });
    await this.fail(row, new EngineError('restore-failed', `${message} Restore them again.`), { anyWorker: true });
  }

  private async restore(row: ItemRestoreEntity, site: Site, context: WorkContext): Promise<void> {
    const { places, environment } = site;
    context.progress.report({ phase: 'prepare', message: 'Looking for what was asked for.' });
    if (row.files.length > 0) await this.stage(row, site, context);
    if (row.tables.length > 0) {
      const { database: address } = places;
      if (address === undefined) throw nowhere('database');
      const opened = await this.open(row, environment);
      const { id, snapshotId, tables } = row;
      await this.lifecycle.noteTables(
        row,
        await restoreTables({ opened, address, id, snapshotId, tables }, context).catch(damageOf),
      );
    }
    context.progress.report({ phase: 'cutover', message: 'Putting files into place.' });
    context.signal.throwIfAborted();
    if (row.staged !== null) await placeItems(places.filestore!, row.staged);
  }

  private async stage(row: ItemRestoreEntity, site: Site, context: WorkContext): Promise<void> {
    const { filestore } = site.places;
    if (filestore === undefined) throw nowhere('filestore');
    if (row.staged !== null) return this.lifecycle.noteStaged(row, await claimItems(row.staged, row.attempt));
    const { vault, project, listing } = await this.open(row, site.environment);
    // What a worker before has left half built.
    const left = await dropKept({ directory: await stagedDirectoryOf(filestore, row.id) });
    if (left.length > 0) throw new EngineError('restore-failed', left.join(' '));
    const { id, place, createdAt: at } = row;
    const paths = row.files.map(decodePath);
    const request = { vault, project, listing, filestore, id, paths, place, at };
    await this.lifecycle.noteStaged(row, await stageItems(request, context).catch(damageOf));
  }

  private async complete(row: ItemRestoreEntity): Promise<void> {
    const { undoMinutes } = await this.settings.of(row.environmentId);
    const { staged } = row;
    await this.lifecycle.end(row.id, { status: 'completed', finding: null, staged, undoMinutes }, row.attempt);
  }

  /** Takes back what was done, as far as that is possible, and says how far it is not. */
  private async fail(row: ItemRestoreEntity, error: unknown, { anyWorker = false } = {}): Promise<void> {
    if (isUnexpected(error)) this.logger.error({ err: error, itemRestoreId: row.id }, 'Taking items out failed.');
    const { undoMinutes } = await this.settings.of(row.environmentId);
    // Another worker may be at it, and have all of it in place.
    if (!anyWorker && (await this.lifecycle.isLost(row))) return;
    const why = toFinding(error);
    const { staged, left } = await this.takeBack(row);
    const message = [why.message, ...left].join(' ');
    const end = { status: 'failed', finding: { ...why, message }, staged, undoMinutes } as const;
    await this.lifecycle.end(row.id, end, anyWorker ? undefined : row.attempt);
  }

  /** Never rejects. `staged`: what stays beside the filestore, since something of it may be wanted. */
  private async takeBack(row: ItemRestoreEntity): Promise<{ staged: StagedItems | null; left: string[] }> {
    const left: string[] = [];
    let { staged } = row;
    const attempt = async (work: () => Promise<void>) => {
      await work().catch((error: unknown) => left.push(`Not taken back: ${toFinding(error).message}`));
    };
    await attempt(async () => {
      const { places } = await this.siteOf(row);
      const { database, filestore } = places;
      if (database) await attempt(() => dropRestoredTables(database, row.id, namesOf(row)));
      if (filestore === undefined || row.files.length === 0) return;
      if (staged !== null) {
        staged = await claimItems(staged, row.attempt);
        const changed = await takeBackItems(filestore, staged);
        left.push(...changed.map((path) => `"${path}" is not what was restored any more, and stays.`));
        if (changed.length > 0) return;
      }
      left.push(...(await dropKept({ directory: staged?.directory ?? (await stagedDirectoryOf(filestore, row.id)) })));
      if (left.length === 0) staged = null;
    });
    return { staged, left };
  }

  /** One that could not be done leaves it as what it was, to be asked for again. */
  private async undo(row: ItemRestoreEntity): Promise<void> {
    let finding: Finding | null = null;
    let { staged } = row;
    try {
      const { database, filestore } = (await this.siteOf(row)).places;
      // First what may be refused.
      if (database && row.restoredTables !== null) await dropRestoredTables(database, row.id, namesOf(row));
      if (filestore !== undefined && staged !== null) {
        staged = await claimItems(staged, row.attempt);
        await this.lifecycle.noteStaged(row, staged);
        const changed = await takeBackItems(filestore, staged);
        if (changed.length > 0) finding = stays(changed);
      }
    } catch (error) {
      if (error instanceof ItemRestoreLost) return;
      if (isUnexpected(error)) this.logger.error({ err: error, itemRestoreId: row.id }, 'Taking items back failed.');
      const end = { status: 'completed', finding: toFinding(error), staged, undoMinutes: null } as const;
      return this.lifecycle.end(row.id, end, row.attempt);
    }
    await this.lifecycle.end(row.id, { status: 'undone', finding, staged, undoMinutes: null }, row.attempt);
  }

  private async siteOf(row: ItemRestoreEntity): Promise<Site> {
    const environment = await this.environments.byId(row.environmentId);
    if (environment === null) throw new EngineError('restore-failed', 'The environment is not there any more.');
    return { environment, places: await this.connections.resolve(environment) };
  }

  private async open({ snapshotId }: ItemRestoreEntity, { projectId: project }: EnvironmentEntity) {
    const vault = this.vault.anew();
    return { vault, project, listing: await vault.openListing(project, snapshotId).catch(damageOf) };
  }
}

function namesOf({ restoredTables, tables, snapshotId }: ItemRestoreEntity) {
  return restoredTables?.map(({ restoredAs }) => restoredAs) ?? restoredNames(snapshotId, tables);
}

function stays(changed: readonly string[]): Finding {
  const message = `Not what was restored any more, and left as they are: ${changed.map((path) => `"${path}"`).join(', ')}.`;
  return { code: 'item-changed', message };
}

function damageOf(error: unknown): never {
  throw asDamage(error);
}

function nowhere(part: 'database' | 'filestore'): EngineError {
  return new EngineError(`${part}-missing`, `The environment has no ${part} any more: give it one.`);
}
