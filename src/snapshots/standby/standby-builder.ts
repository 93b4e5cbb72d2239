import { setTimeout as sleep } from 'node:timers/promises';
import { Inject, Injectable, Logger } from '@nestjs/common';
import { Announcements } from '../../announcements/announcements.js';
import { Configuration } from '../../config/configuration.js';
import { EngineError } from '../../engine/engine-error.js';
import { spaceOf } from '../../engine/filestore/facts/filestore-facts.js';
import { requiredBytes } from '../../engine/filestore/facts/required-bytes.js';
import { statesOf } from '../../engine/filestore/paths/states-place.js';
import type { WorkContext } from '../../engine/progress.js';
import type { ComparisonRequest, SnapshotComparison } from '../../engine/restore/compare/compare-snapshot.js';
import { RefreshInDoubt } from '../../engine/restore/standby/refresh-in-doubt.js';
import { refreshStandby } from '../../engine/restore/standby/refresh-standby.js';
import { buildStandby } from '../../engine/restore/standby/build-standby.js';
import type { BuiltStandby } from '../../engine/restore/standby/built-standby.js';
import { TokenBucket } from '../../vault/backend/wrappers/token-bucket.js';
import { PacedReader } from '../../vault/reading/paced-reader.js';
import type { Vault } from '../../vault/vault.js';
import { VAULT } from '../../vault-access/vault.token.js';
import { rollbackUnderWay } from '../snapshot-announcements.js';
import { RestoredStates } from '../restored/restored-states.js';
import { SnapshotReader } from '../snapshot-reader.js';
import type { VerificationEntity } from '../verification/verification.entity.js';
import { VerificationLifecycle } from '../verification/verification-lifecycle.js';
import { StandbyRemoval } from './standby-removal.js';
import { Standbys } from './standbys.js';

/** How often to look whether a rollback wants to come first, or somebody has called it off. */
const LOOK_MS = 300;
/** What else of the room is left: a rollback may have to build the same again, and its safety snapshot comes first. */
const ROOM_FOR_OTHERS = 2;
/** The environment's own work comes first on its server. */
const SESSIONS = 1;

/** A rollback of the environment comes first. */
class GivesWay extends Error {
  override name = 'GivesWay';
}

export interface StandbyBuilt {
  built: BuiltStandby;
  compared: SnapshotComparison;
}

/** Builds a standby as the work of a verification, behind everything else that the environment has to do. */
@Injectable()
export class StandbyBuilder {
  private readonly logger = new Logger(StandbyBuilder.name);

  constructor(
    private readonly configuration: Configuration,
    private readonly announcements: Announcements,
    private readonly standbys: Standbys,
    private readonly removal: StandbyRemoval,
    private readonly snapshots: SnapshotReader,
    private readonly verifications: VerificationLifecycle,
    private readonly restored: RestoredStates,
    @Inject(VAULT) private readonly vault: Vault,
  ) {}

  /**
   * Rejects as `buildStandby` does, with `EngineError('standby-called-off' | 'disk-full')`, or with the reason of the signal. While a
   * rollback of the environment is under way nothing of it is there, and its verification waits in the queue.
   */
  async build(
    verification: VerificationEntity & { standbyId: string },
    request: ComparisonRequest,
    context: WorkContext,
  ): Promise<StandbyBuilt> {
    for (;;) {
      await this.untilNobodyRollsBack(verification, context);
      const stopping = new AbortController();
      const signal = AbortSignal.any([context.signal, stopping.signal]);
      const watching = this.watch(verification, stopping);
      try {
        const watched = { signal, progress: context.progress };
        const refreshed = await this.refresh(verification, request, watched);
        if (refreshed !== null) return refreshed;
        await this.requireRoom(verification, request);
        const { standbyId: id } = verification;
        const notes = await this.notesFor(verification);
        const built = await buildStandby({ ...this.requestOf(id, request), notes }, this.vaultAtItsPace(), watched);
        await notes.finish();
        return built;
      } catch (error) {
        const why: unknown = stopping.signal.aborted ? stopping.signal.reason : error;
        if (context.signal.aborted || !(why instanceof GivesWay)) throw why;
      } finally {
        stopping.abort();
        await watching;
      }
    }
  }

  /** An older one is made into it, where that is quicker and certain; null when it is to be built. */
  private async refresh(
    verification: VerificationEntity & { standbyId: string },
    request: ComparisonRequest,
    context: WorkContext,
  ): Promise<StandbyBuilt | null> {
    const { environmentId, standbyId } = verification;
    // Of an attempt that did not come to its end.
    await this.removeInherited(standbyId);
    const older = await this.standbys.readyIn(environmentId);
    if (older?.built == null || older.snapshotId === null) return null;
    const begin = async () => {
      if (!(await this.standbys.inherit(standbyId, older.id))) throw new RefreshInDoubt('A rollback has taken it.');
    };
    const held = { snapshotId: older.snapshotId, built: older.built };
    const notes = await this.notesFor(verification);
    const wanted = { ...this.requestOf(standbyId, request), notes };
    const refreshed = await refreshStandby(held, wanted, this.vaultAtItsPace(), { ...context, begin });
    if (!(refreshed instanceof RefreshInDoubt)) {
      await notes.finish();
      return refreshed;
    }
    context.progress.report({ phase: 'prepare', message: `Building it anew. ${refreshed.message}` });
    this.logger.log({ standbyId, reason: refreshed.message }, 'A standby is built anew instead of refreshed.');
    await this.removeInherited(standbyId);
    return null;
  }

  /** By which a snapshot builds on it once it was swapped in. */
  private notesFor({ standbyId: id, environmentId, snapshotId }: VerificationEntity & { standbyId: string }) {
    return this.restored.begin({ id, environmentId, snapshotId });
  }

  private async removeInherited(standbyId: string): Promise<void> {
    const standby = await this.standbys.byId(standbyId);
    if (standby?.status !== 'building' || standby.built === null) return;
    const [left] = await this.removal.removeInherited(standby);
    if (left !== undefined) throw new EngineError('restore-failed', left.message);
  }

  private requestOf(standbyId: string, { project, snapshotId, database, filestore }: ComparisonRequest) {
    return {
      ...{ project, snapshotId, standbyId },
      ...(database && { database: { ...database, sessions: SESSIONS } }),
      ...(filestore && { filestore }),
    };
  }

  private vaultAtItsPace(): PacedReader {
    const bytesPerSecond = this.configuration.STANDBY_MAX_BYTES_PER_SECOND;
    return new PacedReader(this.vault.anew(), new TokenBucket({ bytesPerSecond }));
  }

  /** Rejects with `EngineError('standby-called-off')` when somebody else has the verification by now. */
  private async untilNobodyRollsBack(
    verification: VerificationEntity,
    { signal, progress }: WorkContext,
  ): Promise<void> {
    if (!(await this.isRolledBack(verification))) return;
    await this.verifications.handBack(verification);
    progress.report({ phase: 'prepare', message: 'Waiting for a rollback to end' });
    do await sleep(LOOK_MS, undefined, { signal });
    while (await this.isRolledBack(verification));
    const again = await this.verifications.take(verification.id);
    if (again === null) throw calledOff('Its verification has ended.');
    Object.assign(verification, again);
  }

  private async watch(
    verification: VerificationEntity & { standbyId: string },
    stopping: AbortController,
  ): Promise<void> {
    const { signal } = stopping;
    while (!signal.aborted) {
      await sleep(LOOK_MS, undefined, { signal }).catch(() => undefined);
      if (signal.aborted) return;
      try {
        const standby = await this.standbys.byId(verification.standbyId);
        if (standby?.status !== 'building') stopping.abort(calledOff('It is not wanted any more.'));
        else if (await this.isRolledBack(verification)) stopping.abort(new GivesWay());
      } catch {
        // Our own database is away: that is met where it is needed.
      }
    }
  }

  private async isRolledBack({ environmentId }: VerificationEntity): Promise<boolean> {
    return this.announcements.ask(rollbackUnderWay, environmentId);
  }

  /** Where there is too little for two, an older one goes first. Of the server nobody can say how much is free. */
  private async requireRoom({ environmentId, snapshotId, standbyId }: VerificationEntity, request: ComparisonRequest) {
    const { filestore } = request;
    const snapshot = await this.snapshots.byId(snapshotId);
    if (filestore === undefined || snapshot === null) return;
    const needed = ROOM_FOR_OTHERS * requiredBytes(snapshot);
    const free = async () => (await spaceOf(await statesOf(filestore.path))).freeBytes;
    if ((await free()) >= needed) return;
    const older = (await this.standbys.ofEnvironment(environmentId)).filter(({ id }) => id !== standbyId);
    await this.removal.removeNow(older, { code: 'standby-room', message: 'Its room is needed for a newer one.' });
    const left = await free();
    if (left >= needed) return;
    throw new EngineError(
      'disk-full',
      `Beside the filestore ${left} bytes are free, and a standby needs ${needed}, so that a rollback still has room; make room.`,
    );
  }
}

function calledOff(why: string): EngineError {
  return new EngineError('standby-called-off', `The standby was called off. ${why}`);
}
