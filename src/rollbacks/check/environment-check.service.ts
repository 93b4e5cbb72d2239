import { Injectable } from '@nestjs/common';
import type { Caller } from '../../auth/caller.js';
import { Configuration } from '../../config/configuration.js';
import type { EnvironmentCheck } from '../../contract/generated/types.gen.js';
import { readObstacles } from '../../engine/capture/database/read-obstacles.js';
import { estimateFilestore } from '../../engine/filestore/reading/estimate-filestore.js';
import { EnvironmentConnections } from '../../projects/connections/environment-connections.js';
import { EnvironmentChecks } from '../../projects/environments/environment-checks.js';
import { EnvironmentReader } from '../../projects/environments/environment-reader.js';
import type { EnvironmentEntity } from '../../projects/environments/environment.entity.js';
import { SettingsReader } from '../../settings/settings-reader.js';
import { orFinding, RollbackSurvey } from '../plan/rollback-survey.js';
import { judgeEnvironment, unreachable } from './judge-environment.js';
import type { DatabaseFound, FilestoreFound } from './judge-environment.js';

/** Looks whether an environment can be captured and rolled back. */
@Injectable()
export class EnvironmentCheckService {
  constructor(
    private readonly configuration: Configuration,
    private readonly environments: EnvironmentReader,
    private readonly checks: EnvironmentChecks,
    private readonly survey: RollbackSurvey,
    private readonly connections: EnvironmentConnections,
    private readonly settings: SettingsReader,
  ) {}

  /** Changes nothing. What cannot be looked at is a refusal. */
  async check(caller: Caller, projectId: string, environmentId: string): Promise<EnvironmentCheck> {
    const environment = await this.environments.requireInProject(caller, projectId, environmentId);
    const judged = this.configuration.WORKER_POOLS.includes(environment.pool)
      ? judgeEnvironment(await this.factsOf(environment))
      : unreachable(environment.pool);
    return { environmentId, checkedAt: new Date().toISOString(), ...judged };
  }

  private async factsOf(environment: EnvironmentEntity) {
    const [database, filestore, { databaseProperties }] = await Promise.all([
      environment.database === null ? null : orFinding(this.database(environment)),
      environment.filestorePath === null ? null : orFinding(this.filestore(environment)),
      this.settings.of(environment.id),
    ]);
    return { database, filestore, databaseProperties, hasBeforeHook: environment.beforeCutover !== null };
  }

  /** First what was asked when it was registered: that gives up on what does not answer. Rejects with an `EngineError`. */
  private async database(environment: EnvironmentEntity): Promise<DatabaseFound> {
    await this.checks.probe(environment);
    const side = await this.survey.databaseSide(environment);
    const { database } = await this.connections.resolve({ ...environment, filestorePath: null });
    const timeoutMs = this.configuration.CHECK_TIMEOUT_MS;
    return { side, obstacles: await readObstacles(database!, side.facts, { timeoutMs }) };
  }

  /** The same. */
  private async filestore(environment: EnvironmentEntity): Promise<FilestoreFound> {
    await this.checks.look(environment);
    const side = await this.survey.filestoreSide(environment);
    const holds = await estimateFilestore(side.facts.path, { budgetMs: this.configuration.ESTIMATE_BUDGET_MS });
    return { side, holds };
  }
}
