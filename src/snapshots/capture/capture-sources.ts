import { Injectable } from '@nestjs/common';
import type { CaptureWarning } from '../../engine/capture/capture-warnings.js';
import { EngineError } from '../../engine/engine-error.js';
import type { DatabaseAddress } from '../../engine/postgres/connection/database-address.js';
import { EnvironmentConnections } from '../../projects/connections/environment-connections.js';
import type { EnvironmentEntity } from '../../projects/environments/environment.entity.js';
import type { SnapshotEntity } from '../snapshot.entity.js';
import { doorOf, strangersAt } from './kept-database.js';
import type { KeptState } from './kept-state.js';

/** What a capture reads. */
export interface CaptureSource {
  database?: DatabaseAddress;
  filestore?: string;
  /** Lets go of it, and says what was noticed about it. Rejects when what was closed could not be closed again. */
  leave(): Promise<CaptureWarning[]>;
}

/** Where a snapshot is taken: of what is live, or of what a rollback has swapped out. */
@Injectable()
export class CaptureSources {
  constructor(private readonly connections: EnvironmentConnections) {}

  /** Throws as `EnvironmentConnections` does. Whoever opens it leaves it. */
  async open({ keptState }: SnapshotEntity, environment: EnvironmentEntity): Promise<CaptureSource> {
    const live = await this.connections.resolve(environment);
    if (keptState !== null) return openKept(keptState, live.database);
    if (live.database === undefined && live.filestore === undefined) throw withoutPlaces();
    return { ...live, leave: async () => [] };
  }
}

async function openKept({ database, directory }: KeptState, live: DatabaseAddress | undefined): Promise<CaptureSource> {
  const filestore = directory === null ? {} : { filestore: directory };
  if (database === null) return { ...filestore, leave: async () => [] };
  if (live === undefined) throw withoutPlaces();
  const door = await doorOf(database, live);
  return {
    database: { ...live, database: database.name, entrance: door },
    ...filestore,
    leave: async () => {
      await door.leave();
      return strangersAt(door);
    },
  };
}

/** It was brought back from the vault. */
function withoutPlaces(): EngineError {
  return new EngineError(
    'database-unreachable',
    'The environment has neither a database nor a filestore: it was brought back from the vault. Give it what it had with environmentUpdate.',
  );
}
