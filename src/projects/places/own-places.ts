import { join } from 'node:path';
import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { Configuration } from '../../config/configuration.js';
import { type DirectoryPlace, placeOfDirectory, placesOverlap } from '../../engine/filestore/paths/directory-place.js';
import {
  type DatabaseIdentity,
  isSameDatabase,
  readIdentity,
} from '../../engine/postgres/databases/database-identity.js';

/** The service's own database and directories, by what they are: no rollback may exchange one of them. */
@Injectable()
export class OwnPlaces {
  constructor(
    private readonly configuration: Configuration,
    private readonly dataSource: DataSource,
  ) {}

  async isDatabase(identity: DatabaseIdentity): Promise<boolean> {
    const own = await readIdentity((sql) => this.dataSource.query(sql));
    return isSameDatabase(identity, own);
  }

  /** Whether a directory is one of `ownDirectories`, lies in one or has one inside. */
  async overlaps(place: DirectoryPlace): Promise<boolean> {
    const look = (path: string) => placeOfDirectory(path).catch(() => undefined);
    const own = await Promise.all(ownDirectories(this.configuration).map(look));
    if (own.some((each) => each !== undefined && placesOverlap(place, each))) return true;
    // Secrets lie in it as files; directories of others may stand beside them.
    const [top] = place;
    return top !== undefined && (await look(this.configuration.DATA_DIR))?.includes(top) === true;
  }
}

/** Where the embedded PostgreSQL is, if there is one, the vault, if it is in a directory, and exports. */
export function ownDirectories({
  DATA_DIR,
  VAULT_PATH,
  EXPORT_ROOT,
}: Pick<Configuration, 'DATA_DIR' | 'VAULT_PATH' | 'EXPORT_ROOT'>): string[] {
  return [join(DATA_DIR, 'postgres'), VAULT_PATH ?? join(DATA_DIR, 'vault'), EXPORT_ROOT ?? join(DATA_DIR, 'exports')];
}
