import { join } from 'node:path';
import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { Configuration } from '../config/configuration.js';
import { type DirectoryPlace, placeOfDirectory, placesOverlap } from '../engine/filestore/directory-place.js';
import { type DatabaseIdentity, isSameDatabase, readIdentity } from '../engine/postgres/database-identity.js';

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

  /** Whether a directory is that of the vault or of the data, lies in it or has it inside. */
  async overlaps(place: DirectoryPlace): Promise<boolean> {
    const { DATA_DIR, VAULT_PATH } = this.configuration;
    const own = await Promise.all(
      [DATA_DIR, VAULT_PATH ?? join(DATA_DIR, 'vault')].map((path) => placeOfDirectory(path).catch(() => undefined)),
    );
    return own.some((each) => each !== undefined && placesOverlap(place, each));
  }
}
