import { Standbys } from '../../snapshots/standby/standbys.js';
import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { IsNull, Not } from 'typeorm';
import type { Repository } from 'typeorm';
import { Configuration } from '../../config/configuration.js';
import type { Finding } from '../../contract/generated/types.gen.js';
import { gatherFilestoreFacts } from '../../engine/filestore/facts/filestore-facts.js';
import { gatherDatabaseFacts } from '../../engine/postgres/databases/database-facts.js';
import { isUnexpected, toFinding } from '../../errors/finding.js';
import { EnvironmentConnections } from '../../projects/connections/environment-connections.js';
import type { EnvironmentEntity } from '../../projects/environments/environment.entity.js';
import { OwnPlaces } from '../../projects/places/own-places.js';
import { PlaceProofKeeper } from '../../projects/places/place-proofs.js';
import { ProjectEntity } from '../../projects/project.entity.js';
import { SharedPlaces } from '../../projects/places/shared-places.js';
import { knowledgeOf } from '../../snapshots/restorability/restorability.dto.js';
import type { SnapshotEntity } from '../../snapshots/snapshot.entity.js';
import { RollbackLogEntity } from '../rollback-log.entity.js';
import { NeedsSurvey } from './needs-survey.js';
import { isFinding } from './rollback-facts.js';
import type { DatabaseSide, FilestoreSide, RollbackFacts } from './rollback-facts.js';

interface RollbackQuestion {
  snapshot: SnapshotEntity;
  source: EnvironmentEntity;
  target: EnvironmentEntity;
  createSafetySnapshot: boolean;
  /** Whether this process is one of the target's pool. To others its address and path may mean another database and directory. */
  isReachable: boolean;
}

/** Gathers what a plan is made from. It changes nothing; what cannot be looked at becomes a finding. */
@Injectable()
export class RollbackSurvey {
  constructor(
    private readonly configuration: Configuration,
    @InjectRepository(RollbackLogEntity) private readonly logs: Repository<RollbackLogEntity>,
    @InjectRepository(ProjectEntity) private readonly projects: Repository<ProjectEntity>,
    private readonly connections: EnvironmentConnections,
    private readonly needs: NeedsSurvey,
    private readonly places: SharedPlaces,
    private readonly proofs: PlaceProofKeeper,
    private readonly own: OwnPlaces,
    private readonly standbys: Standbys,
  ) {}

  async gather(question: RollbackQuestion): Promise<RollbackFacts> {
    const { snapshot, source, target, createSafetySnapshot, isReachable } = question;
    const isOwnSnapshot = source.id === target.id;
    const hasDatabase = snapshot.databaseBytes !== null && target.database !== null;
    const hasFilestore = snapshot.filestoreBytes !== null && target.filestorePath !== null;
    const [database, filestore] = await Promise.all([
      isReachable && hasDatabase ? orFinding(this.databaseSide(target)) : null,
      isReachable && hasFilestore ? orFinding(this.filestoreSide(target)) : null,
    ]);
    const needs =
      database === null || isFinding(database)
        ? null
        : await orFinding(this.needs.of(snapshot, target, database.facts));
    return {
      createSafetySnapshot,
      standsReady: isOwnSnapshot && (await this.standbys.readyFor(target.id, snapshot.id)) !== null,
      snapshot: { ...snapshot, warnings: snapshot.warnings.length, known: knowledgeOf(snapshot) },
      source: { id: source.id, type: source.type },
      target: {
        id: target.id,
        type: target.type,
        hasDatabase: target.database !== null,
        hasFilestore: target.filestorePath !== null,
        hasNeutralizeSql: target.neutralizeSql !== null,
        hasNeutralizePaths: target.neutralizePaths !== null,
        allowUnneutralized: target.allowUnneutralized,
        hasBeforeHook: target.beforeCutover !== null,
      },
      unreachablePool: isReachable ? null : target.pool,
      // What could be looked at a moment ago cannot be any more.
      database: needs !== null && isFinding(needs) ? needs : database,
      filestore,
      needs: needs !== null && isFinding(needs) ? null : needs,
    };
  }

  /** Rejects with an `EngineError` when it cannot be looked at. */
  async databaseSide(target: EnvironmentEntity): Promise<DatabaseSide> {
    const { database } = await this.connections.resolve({ ...target, filestorePath: null });
    if (database === undefined) throw new Error('The environment has no database.');
    const { manager } = this.projects;
    const organization = await this.organizationOf(target);
    const [facts, other, { provenDatabase: identity }] = await Promise.all([
      gatherDatabaseFacts(database, { timeoutMs: this.configuration.CHECK_TIMEOUT_MS }),
      this.places.findDatabase(manager, target, { organization, look: true }),
      this.proofs.renew(target, { database: true, filestore: false }),
    ]);
    const ofOthers = identity !== null && (await this.places.isDatabaseOfOthers(manager, organization, identity));
    return {
      facts,
      isOwn: identity !== null && (await this.own.isDatabase(identity)),
      isIdentified: identity !== null && identity.systemIdentifier !== null,
      ...sharing(target, other, ofOthers),
    };
  }

  /** Rejects with an `EngineError` when it cannot be looked at. */
  async filestoreSide(target: EnvironmentEntity): Promise<FilestoreSide> {
    const { filestore } = await this.connections.resolve({ ...target, database: null });
    if (filestore === undefined) throw new Error('The environment has no filestore.');
    const facts = await gatherFilestoreFacts(filestore);
    const { manager } = this.projects;
    const organization = await this.organizationOf(target);
    const other = await this.places.findFilestore(manager, target, { organization, look: true });
    const { provenFilestore: place } = await this.proofs.renew(target, { database: false, filestore: true });
    const ofOthers = place !== null && (await this.places.isFilestoreOfOthers(manager, organization, target, place));
    const kept = { environmentId: target.id, keptUntil: Not(IsNull()), keptDirectory: Not(IsNull()) };
    return {
      facts,
      isOwn: place !== null && (await this.own.overlaps(place)),
      ...sharing(target, other, ofOthers),
      hasKeptState: (await this.logs.existsBy(kept)) || (await this.standbys.isThere(target.id)),
    };
  }

  private async organizationOf({ projectId }: EnvironmentEntity): Promise<string> {
    const { organization } = await this.projects.findOneByOrFail({ id: projectId });
    return organization;
  }
}

/** Whoever may see the target may see its project's others; the name of one elsewhere is nobody's business. */
function sharing(
  target: EnvironmentEntity,
  other: EnvironmentEntity | null,
  ofOthers: boolean,
): Pick<DatabaseSide, 'isShared' | 'sharedWith'> {
  if (other === null) return { isShared: ofOthers };
  return { isShared: true, ...(other.projectId === target.projectId && { sharedWith: other.name }) };
}

/** What cannot be looked at, as something to show. */
export async function orFinding<T>(side: Promise<T>): Promise<T | Finding> {
  try {
    return await side;
  } catch (error) {
    if (isUnexpected(error)) throw error;
    return toFinding(error);
  }
}
