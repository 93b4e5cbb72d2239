import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { PeerRepository } from './peer-repository.js';

/** A repository in a directory in the format of restic, version 2, by rustic: zstd, and always encrypted. */
export class RusticRepository extends PeerRepository {
  /** Makes an empty one below a directory that exists, with its cache beside it. */
  static async create(directory: string, signal: AbortSignal): Promise<RusticRepository> {
    const path = join(directory, 'repository');
    const env = {
      RUSTIC_REPOSITORY: path,
      RUSTIC_PASSWORD: randomBytes(16).toString('hex'),
      RUSTIC_CACHE_DIR: join(directory, 'cache'),
      RUSTIC_NO_PROGRESS: 'true',
      RUSTIC_LOG_LEVEL: 'warn',
    };
    const repository = new RusticRepository(['rustic'], path, env, signal);
    await repository.run(['init']);
    return repository;
  }
}
