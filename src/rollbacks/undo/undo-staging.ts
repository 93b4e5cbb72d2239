import { Injectable } from '@nestjs/common';
import type { Staged } from '../../engine/restore/staging/staged.js';
import { withConnection } from '../../engine/postgres/connection/connect.js';
import { keptDatabaseName } from '../../engine/postgres/databases/shadow-database.js';
import { keptAgainName } from '../../engine/filestore/paths/enclosure.js';
import { hasTakenPlace, isPrevious, knownBackwards } from '../../engine/filestore/swap/filestore-states.js';
import { errors } from '../../errors/catalogue.js';
import { EnvironmentConnections } from '../../projects/connections/environment-connections.js';
import type { EnvironmentEntity } from '../../projects/environments/environment.entity.js';
import { SettingsReader } from '../../settings/settings-reader.js';
import { databaseRefusals } from '../plan/plan-database.js';
import { filestoreRefusals } from '../plan/plan-filestore.js';
import type { RollbackLogEntity } from '../rollback-log.entity.js';
import { RollbackSurvey } from '../plan/rollback-survey.js';

/** Swapping back needs no room. */
const NOTHING = { filestoreBytes: 0, fileCount: 0 };

/** Looks whether a kept previous state is still what it was, and makes of it what a cutover takes. */
@Injectable()
export class UndoStaging {
  constructor(
    private readonly survey: RollbackSurvey,
    private readonly connections: EnvironmentConnections,
    private readonly settings: SettingsReader,
  ) {}

  /** Changes nothing. Throws `undo-unavailable`, `rollback-refused`, or an `EngineError` when it cannot look. */
  async stage(original: RollbackLogEntity, target: EnvironmentEntity, attemptId: string): Promise<Staged> {
    const staged: Staged = { attemptId };
    if (original.journal?.database) staged.database = await this.database(original, target, attemptId);
    if (original.journal?.filestore) staged.filestore = await this.filestore(original, target, attemptId);
    return staged;
  }

  private async database(
    original: RollbackLogEntity,
    target: EnvironmentEntity,
    attemptId: string,
  ): Promise<NonNullable<Staged['database']>> {
    const side = await this.survey.databaseSide(target);
    const refusals = databaseRefusals(side, null);
    if (refusals.length > 0) throw errors.rollbackRefused(refusals);
    const { database } = await this.connections.resolve(target);
    const before = original.journal!.database!.names;
    const { keptDatabase } = original;
    if (side.facts.oid !== before.expectedShadowOid)
      throw unavailable(original, `The database ${before.live} is not the one that the rollback put in place.`);
    const maintenance = { ...database!, database: side.facts.maintenanceDatabase! };
    const oid = await withConnection(maintenance, {}, async (client) => {
      const sql = 'SELECT oid FROM pg_database WHERE datname = $1';
      return (await client.query<{ oid: number }>(sql, [keptDatabase])).rows[0]?.oid;
    });
    if (keptDatabase === null || oid !== before.expectedLiveOid)
      throw unavailable(original, `The previous database ${keptDatabase ?? ''} is not there any more.`);
    return {
      maintenance,
      names: {
        live: before.live,
        shadow: keptDatabase,
        kept: keptDatabaseName(attemptId),
        expectedLiveOid: side.facts.oid,
        expectedShadowOid: oid,
      },
      isKeptState: true,
      // It is swapped back with what it had, unless the environment keeps what it has by now.
      properties: (await this.settings.of(target.id)).databaseProperties === 'live' ? 'live' : 'own',
    };
  }

  private async filestore(
    original: RollbackLogEntity,
    target: EnvironmentEntity,
    attemptId: string,
  ): Promise<NonNullable<Staged['filestore']>> {
    const side = await this.survey.filestoreSide(target);
    const refusals = filestoreRefusals(side, NOTHING).filter(({ code }) => code !== 'disk-space');
    if (refusals.length > 0) throw errors.rollbackRefused(refusals);
    const livePath = side.facts.realPath ?? side.facts.path;
    const before = { ...original.journal!.filestore!, livePath };
    if (!(await hasTakenPlace(before)))
      throw unavailable(original, `The directory ${livePath} is not the one that the rollback put in place.`);
    const { keptDirectory } = original;
    if (keptDirectory === null || !(await isPrevious(keptDirectory, before)))
      throw unavailable(original, `The previous directory ${keptDirectory ?? ''} is not there any more.`);
    const keptPath = keptAgainName(keptDirectory, attemptId);
    // What was live comes back, and what took its place goes.
    const known = knownBackwards(before);
    return { livePath, stagedPath: keptDirectory, keptPath, ...known, files: 0, bytes: 0 };
  }
}

function unavailable({ safetySnapshotId }: RollbackLogEntity, why: string): Error {
  return errors.undoUnavailable(why, safetySnapshotId);
}
