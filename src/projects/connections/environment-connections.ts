import { Inject, Injectable } from '@nestjs/common';
import type { StoredDatabase } from './stored-connections.js';
import { EngineError } from '../../engine/engine-error.js';
import { resolveUnderRoots } from '../../engine/filestore/paths/allowed-path.js';
import type { DatabaseAddress } from '../../engine/postgres/connection/database-address.js';
import { parseConnectionUrl } from './connection-url.js';
import { isAllowedHost, isHost, isNamedHost } from './database-hosts.js';
import type { EnvironmentEntity } from '../environments/environment.entity.js';
import { CredentialsUnreadableError, SecretBox } from './secret-box.js';
import { readSecretFile, readVariable } from './secret-reference.js';
import { ProjectPlaces } from '../../trust-domains/project-places.js';
import type { OrganizationPlaces } from '../../trust-domains/trust-domains.js';

/** Where an environment is, with everything that is needed to work on it. For memory only: it holds the password. */
export interface EnvironmentPlaces {
  database?: DatabaseAddress;
  /** The real path of the filestore, links resolved. */
  filestore?: string;
}

/** What of an environment says where it is. */
export type Located = Pick<EnvironmentEntity, 'id' | 'projectId' | 'database' | 'databasePassword' | 'filestorePath'>;

/**
 * Turns what is stored about an environment into what an engine needs, anew at each use: a variable, a
 * file, a symbolic link or what its organization may have may have changed since it was accepted.
 */
@Injectable()
export class EnvironmentConnections {
  constructor(
    @Inject(ProjectPlaces) private readonly places: Pick<ProjectPlaces, 'of'>,
    private readonly box: SecretBox,
  ) {}

  /** Rejects with an `EngineError` that says what is wrong, and never holds the URL or the password. */
  async resolve(environment: Located): Promise<EnvironmentPlaces> {
    const { database, filestorePath } = environment;
    const places = await this.places.of(environment.projectId);
    const [address, filestore] = await Promise.all([
      database === null ? undefined : this.address(environment, database, places),
      filestorePath === null ? undefined : resolveUnderRoots(filestorePath, [...places.filestoreRoots]),
    ]);
    return { database: address, filestore };
  }

  private async address(
    environment: Located,
    database: StoredDatabase,
    places: OrganizationPlaces,
  ): Promise<DatabaseAddress> {
    const address =
      'host' in database
        ? { ...database, password: this.password(environment) }
        : parseConnectionUrl(await referredUrl(database, places));
    if (!isHost(address.host) || !isAllowedHost(address.host, places.databaseHosts)) {
      throw new EngineError(
        'database-unreachable',
        'The host of the database is not among those that DATABASE_HOSTS allows.',
      );
    }
    return isNamedHost(address.host, places.databaseHosts) ? address : { ...address, publicOnly: true };
  }

  private password({ id, databasePassword }: Located): string {
    if (databasePassword === null) return '';
    try {
      return this.box.open(databasePassword, id);
    } catch (error) {
      if (!(error instanceof CredentialsUnreadableError)) throw error;
      throw new EngineError('database-authentication-failed', error.message, { cause: error });
    }
  }
}

async function referredUrl(
  reference: Exclude<StoredDatabase, { host: string }>,
  { mayRead, secretsRoot }: OrganizationPlaces,
): Promise<string> {
  return 'env' in reference ? readVariable(reference, mayRead) : readSecretFile(reference, secretsRoot);
}
