import { isDeepStrictEqual } from 'node:util';
import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { type DirectoryPlace, placeOfDirectory } from '../engine/filestore/directory-place.js';
import { type DatabaseIdentity, identifyDatabase } from '../engine/postgres/database-identity.js';
import { EnvironmentConnections } from './environment-connections.js';
import type { Located } from './environment-connections.js';
import { EnvironmentEntity } from './environment.entity.js';

/** How long a server may take to say what it is. */
const LOOK_MS = 2_000;

/** What an environment's places are, whatever they are called; null where that could not be looked at. */
export type PlaceProofs = Pick<EnvironmentEntity, 'provenDatabase' | 'provenFilestore'>;

/**
 * Keeps what places were when they were looked at with the environment's own credentials. Only that counts against another
 * organization: whoever merely names a place keeps nobody from anything.
 */
@Injectable()
export class PlaceProofKeeper {
  constructor(
    private readonly dataSource: DataSource,
    private readonly connections: EnvironmentConnections,
  ) {}

  /** Looks at both, as far as they can be reached from here. Never rejects. */
  async look(environment: Located): Promise<PlaceProofs> {
    const [provenDatabase, provenFilestore] = await Promise.all([
      this.database(environment).catch(() => null),
      this.filestore(environment).catch(() => null),
    ]);
    return { provenDatabase, provenFilestore };
  }

  /** Looks again, and notes what has become known. Resolves to what was seen now. Rejects only when the own database fails. */
  async renew(environment: EnvironmentEntity): Promise<PlaceProofs> {
    const seen = await this.look(environment);
    const known = {
      provenDatabase: seen.provenDatabase ?? environment.provenDatabase,
      provenFilestore: seen.provenFilestore ?? environment.provenFilestore,
    };
    const { id, database, filestorePath, provenDatabase, provenFilestore } = environment;
    if (isDeepStrictEqual(known, { provenDatabase, provenFilestore })) return seen;
    // Not when it was moved meanwhile: then this is of the place before.
    await this.dataSource.query(
      `UPDATE environments SET proven_database = $2, proven_filestore = $3
        WHERE id = $1 AND database IS NOT DISTINCT FROM $4 AND filestore_path IS NOT DISTINCT FROM $5`,
      [id, json(known.provenDatabase), json(known.provenFilestore), json(database), filestorePath],
    );
    return seen;
  }

  private async database(environment: Located): Promise<DatabaseIdentity | null> {
    if (environment.database === null) return null;
    const { database } = await this.connections.resolve({ ...environment, filestorePath: null });
    return database === undefined ? null : identifyDatabase(database, { timeoutMs: LOOK_MS });
  }

  private async filestore(environment: Located): Promise<DirectoryPlace | null> {
    if (environment.filestorePath === null) return null;
    const { filestore } = await this.connections.resolve({ ...environment, database: null });
    return filestore === undefined ? null : placeOfDirectory(filestore);
  }
}

const json = (value: unknown) => (value === null ? null : JSON.stringify(value));
