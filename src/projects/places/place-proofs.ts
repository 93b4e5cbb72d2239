import { isDeepStrictEqual } from 'node:util';
import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import type { Repository } from 'typeorm';
import { type DirectoryPlace, placeOfDirectory } from '../../engine/filestore/paths/directory-place.js';
import { type DatabaseIdentity, identifyDatabase } from '../../engine/postgres/databases/database-identity.js';
import type { Parts } from '../environments/environment-checks.js';
import { EnvironmentConnections } from '../connections/environment-connections.js';
import type { Located } from '../connections/environment-connections.js';
import { EnvironmentEntity } from '../environments/environment.entity.js';

/** How long a server may take to say what it is. */
const LOOK_MS = 2_000;

const BOTH: Parts = { database: true, filestore: true };

/** What an environment's places are, whatever they are called; null where that could not be looked at. */
export type PlaceProofs = Pick<EnvironmentEntity, 'provenDatabase' | 'provenFilestore'>;

/**
 * Keeps what places were when they were looked at with the environment's own credentials. Only that counts against another
 * organization: whoever merely names a place keeps nobody from anything.
 */
@Injectable()
export class PlaceProofKeeper {
  constructor(
    @InjectRepository(EnvironmentEntity) private readonly environments: Repository<EnvironmentEntity>,
    private readonly connections: EnvironmentConnections,
  ) {}

  /** Looks at them, as far as they can be reached from here. Never rejects. */
  async look(environment: Located, parts: Parts = BOTH): Promise<PlaceProofs> {
    const [provenDatabase, provenFilestore] = await Promise.all([
      parts.database ? this.database(environment).catch(() => null) : null,
      parts.filestore ? this.filestore(environment).catch(() => null) : null,
    ]);
    return { provenDatabase, provenFilestore };
  }

  /** Looks again, and notes what has become known. Resolves to what was seen now. Rejects only when the own database fails. */
  async renew(environment: EnvironmentEntity, parts: Parts = BOTH): Promise<PlaceProofs> {
    const seen = await this.look(environment, parts);
    const known = {
      provenDatabase: seen.provenDatabase ?? environment.provenDatabase,
      provenFilestore: seen.provenFilestore ?? environment.provenFilestore,
    };
    const { id, database, filestorePath, provenDatabase, provenFilestore } = environment;
    if (isDeepStrictEqual(known, { provenDatabase, provenFilestore })) return seen;
    // Not when it was moved meanwhile: then this is of the place before. Of the two only what was seen: the other may be noted by somebody else.
    await this.environments.query(
      `UPDATE environments SET proven_database = coalesce($2, proven_database), proven_filestore = coalesce($3, proven_filestore)
        WHERE id = $1 AND database IS NOT DISTINCT FROM $4 AND filestore_path IS NOT DISTINCT FROM $5`,
      [id, json(seen.provenDatabase), json(seen.provenFilestore), json(database), filestorePath],
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
