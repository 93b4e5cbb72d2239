import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { IsNull, Not, type Repository } from 'typeorm';
import type { Finding } from '../../contract/generated/types.gen.js';
import { withConnection } from '../../engine/postgres/connection/connect.js';
import { EnvironmentConnections } from '../../projects/connections/environment-connections.js';
import { EnvironmentReader } from '../../projects/environments/environment-reader.js';
import { doorOf, maintenanceOf, strangersAt } from '../../snapshots/capture/kept-database.js';
import type { KeptState } from '../../snapshots/capture/kept-state.js';
import { hasEnded } from '../../snapshots/snapshot-transitions.js';
import { SnapshotReader } from '../../snapshots/snapshot-reader.js';
import { RollbackLogEntity } from '../rollback-log.entity.js';

/**
 * Closes kept databases that were left open: the worker that let itself in died, and nobody captures them any more who would close
 * them first.
 */
@Injectable()
export class KeptDoors {
  constructor(
    @InjectRepository(RollbackLogEntity) private readonly logs: Repository<RollbackLogEntity>,
    private readonly environments: EnvironmentReader,
    private readonly connections: EnvironmentConnections,
    private readonly snapshots: SnapshotReader,
  ) {}

  /** Resolves to who was in it and was sent away, a warning each. Rejects with an `EngineError` when it could not be closed. */
  async close(log: RollbackLogEntity): Promise<Finding[]> {
    const kept = keptDatabaseOf(log);
    const environment = await this.environments.byId(log.environmentId);
    if (kept === null || environment === null) return [];
    const { database: live } = await this.connections.resolve(environment);
    if (live === undefined) return [];
    const sql = 'SELECT FROM pg_catalog.pg_database WHERE datname = $1 AND oid = $2 AND datallowconn';
    const isOpen = await withConnection(
      await maintenanceOf(live),
      {},
      async (client) => (await client.query(sql, [kept.name, kept.oid])).rowCount === 1,
    );
    if (!isOpen) return [];
    const door = await doorOf(kept, live);
    await door.leave();
    return strangersAt(door);
  }

  /**
   * The same where its safety snapshot was given up, with the warnings in the log. Resolves to whether it has to be looked at again:
   * somebody is still capturing it. Rejects as `close` does.
   */
  async closeUnwanted(deploymentId: string): Promise<boolean> {
    const log = await this.logs.findOneBy({ deploymentId, safety: Not('wanted'), keptUntil: Not(IsNull()) });
    if (log === null) return false;
    const last = log.safetySnapshotId === null ? null : await this.snapshots.byId(log.safetySnapshotId);
    if (last !== null && !hasEnded(last.status)) return true;
    const found = await this.close(log);
    if (found.length > 0) await this.logs.update({ deploymentId }, { warnings: [...log.warnings, ...found] });
    return false;
  }
}

/** What was swapped out, by what the journal of the cutover and the log say. */
export function keptDatabaseOf({ journal, keptDatabase }: RollbackLogEntity): KeptState['database'] {
  const oid = journal?.database?.names.expectedLiveOid;
  return keptDatabase === null || oid === undefined ? null : { name: keptDatabase, oid };
}
