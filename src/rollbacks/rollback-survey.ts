import { Injectable } from '@nestjs/common';
import { DataSource, IsNull, Not } from 'typeorm';
import { Configuration } from '../config/configuration.js';
import type { Finding } from '../contract/generated/types.gen.js';
import { gatherFilestoreFacts } from '../engine/filestore/filestore-facts.js';
import { gatherDatabaseFacts } from '../engine/postgres/database-facts.js';
import type { DatabaseAddress } from '../engine/postgres/database-address.js';
import { isUnexpected, toFinding } from '../errors/finding.js';
import { EnvironmentConnections } from '../projects/environment-connections.js';
import { isSameServer } from '../projects/database-hosts.js';
import type { EnvironmentEntity } from '../projects/environment.entity.js';
import { ProjectEntity } from '../projects/project.entity.js';
import { SharedPlaces } from '../projects/shared-places.js';
import type { SharingOptions } from '../projects/shared-places.js';
import { knowledgeOf } from '../snapshots/restorability/restorability.dto.js';
import type { SnapshotEntity } from '../snapshots/snapshot.entity.js';
import { RollbackLogEntity } from './rollback-log.entity.js';
import { NeedsSurvey } from './needs-survey.js';
import { isFinding } from './rollback-facts.js';
import type { DatabaseSide, FilestoreSide, RollbackFacts } from './rollback-facts.js';

interface RollbackQuestion {
  snapshot: SnapshotEntity;
  source: EnvironmentEntity;
  target: EnvironmentEntity;
  createSafetySnapshot: boolean;
}

/** Gathers what a plan is made from. It changes nothing; what cannot be looked at becomes a finding. */
@Injectable()
export class RollbackSurvey {
  constructor(
    private readonly configuration: Configuration,
    private readonly dataSource: DataSource,
    private readonly connections: EnvironmentConnections,
    private readonly needs: NeedsSurvey,
    private readonly places: SharedPlaces,
  ) {}

  async gather({ snapshot, source, target, createSafetySnapshot }: RollbackQuestion): Promise<RollbackFacts> {
    const hasDatabase = snapshot.databaseBytes !== null && target.database !== null;
    const [database, filestore] = await Promise.all([
      hasDatabase ? orFinding(this.databaseSide(target)) : null,
      snapshot.filestoreBytes === null || target.filestorePath === null ? null : orFinding(this.filestoreSide(target)),
    ]);
    const needs =
      database === null || isFinding(database)
        ? null
        : await orFinding(this.needs.of(snapshot, target, database.facts));
    return {
      createSafetySnapshot,
      snapshot: { ...snapshot, warnings: snapshot.warnings.length, known: knowledgeOf(snapshot) },
      source: { id: source.id, type: source.type },
      target: {
        id: target.id,
        type: target.type,
        hasDatabase: target.database !== null,
        hasFilestore: target.filestorePath !== null,
        hasNeutralizeSql: target.neutralizeSql !== null,
        allowUnneutralized: target.allowUnneutralized,
        hasBeforeHook: target.beforeCutover !== null,
      },
      // What could be looked at a moment ago cannot be any more.
      database: needs !== null && isFinding(needs) ? needs : database,
      filestore,
      needs: needs !== null && isFinding(needs) ? null : needs,
    };
  }

  /** Rejects with an `EngineError` when it cannot be looked at. */
  async databaseSide(target: EnvironmentEntity): Promise<DatabaseSide> {
    const { database } = await this.connections.resolve(target);
    if (database === undefined) throw new Error('The environment has no database.');
    const facts = await gatherDatabaseFacts(database, { timeoutMs: this.configuration.CHECK_TIMEOUT_MS });
    const other = await this.places.findDatabase(this.dataSource.manager, target, await this.amongAll(target));
    return { facts, isOwn: this.isOwn(database), ...sharing(target, other) };
  }

  /** Rejects with an `EngineError` when it cannot be looked at. */
  async filestoreSide(target: EnvironmentEntity): Promise<FilestoreSide> {
    const { filestore } = await this.connections.resolve(target);
    if (filestore === undefined) throw new Error('The environment has no filestore.');
    const facts = await gatherFilestoreFacts(filestore);
    const kept = { environmentId: target.id, keptUntil: Not(IsNull()), keptDirectory: Not(IsNull()) };
    return {
      facts,
      ...sharing(target, await this.places.findFilestore(this.dataSource.manager, target, await this.amongAll(target))),
      hasKeptState: await this.dataSource.manager.existsBy(RollbackLogEntity, kept),
    };
  }

  /** Whoever else has the place would be swapped too, whosever it is. */
  private async amongAll({ projectId }: EnvironmentEntity): Promise<SharingOptions> {
    const { organization } = await this.dataSource.manager.findOneByOrFail(ProjectEntity, { id: projectId });
    return { organization, amongAll: true, look: true };
  }

  private isOwn(address: DatabaseAddress): boolean {
    const own = new URL(this.configuration.DATABASE_URL ?? 'postgres://');
    const database = decodeURIComponent(own.pathname.slice(1));
    const server = { host: own.hostname, port: Number(own.port || 5432) };
    return isSameServer(address, server) && address.database === database;
  }
}

/** Whoever may see the target may see its project's others; the name of one elsewhere is nobody's business. */
function sharing(
  target: EnvironmentEntity,
  other: EnvironmentEntity | null,
): Pick<DatabaseSide, 'isShared' | 'sharedWith'> {
  if (other === null) return { isShared: false };
  return { isShared: true, ...(other.projectId === target.projectId && { sharedWith: other.name }) };
}

async function orFinding<T>(side: Promise<T>): Promise<T | Finding> {
  try {
    return await side;
  } catch (error) {
    if (isUnexpected(error)) throw error;
    return toFinding(error);
  }
}
