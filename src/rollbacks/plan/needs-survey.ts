import { Injectable } from '@nestjs/common';
import { Configuration } from '../../config/configuration.js';
import { judgeOnServer } from '../../engine/postgres/capabilities/judge-on-server.js';
import { withConnection } from '../../engine/postgres/connection/connect.js';
import type { DatabaseFacts } from '../../engine/postgres/databases/database-facts.js';
import { readProperties } from '../../engine/postgres/properties/database-properties.js';
import { readUncarriableSettings } from '../../engine/postgres/properties/uncarriable-settings.js';
import { EnvironmentConnections } from '../../projects/connections/environment-connections.js';
import type { EnvironmentEntity } from '../../projects/environments/environment.entity.js';
import { SettingsReader } from '../../settings/settings-reader.js';
import { SnapshotNeeds } from '../../snapshots/restorability/snapshot-needs.js';
import type { SnapshotEntity } from '../../snapshots/snapshot.entity.js';
import type { NeedsFacts } from './rollback-facts.js';

/** Looks at what a snapshot's database needs, and at what there is of it where it is to be restored. */
@Injectable()
export class NeedsSurvey {
  constructor(
    private readonly configuration: Configuration,
    private readonly connections: EnvironmentConnections,
    private readonly settings: SettingsReader,
    private readonly needs: SnapshotNeeds,
  ) {}

  /** Rejects with an `EngineError` when the server cannot be looked at. */
  async of(
    snapshot: Pick<SnapshotEntity, 'id' | 'environmentId'>,
    target: EnvironmentEntity,
    { oid, major }: DatabaseFacts,
  ): Promise<NeedsFacts> {
    const [{ databaseProperties: wanted }, { databaseProperties: captured, requirements }, { database }] =
      await Promise.all([
        this.settings.of(target.id),
        this.needs.of(snapshot.id),
        this.connections.resolve({ ...target, filestorePath: null }),
      ]);
    const isForeign = snapshot.environmentId !== target.id;
    const timeoutMs = this.configuration.CHECK_TIMEOUT_MS;
    return withConnection(database!, { timeoutMs }, async (client) => {
      const live = await readProperties(client, oid);
      const uncarriable = await readUncarriableSettings(client, captured?.settings ?? [], major);
      return {
        properties: { live, captured, wanted, isForeign, uncarriable },
        findings: await judgeOnServer(client, requirements, { major, into: isForeign ? 'other' : 'same' }),
      };
    });
  }
}
