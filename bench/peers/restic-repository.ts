import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { PeerRepository } from './peer-repository.js';

/** A repository of restic in a directory: version 2 compresses with zstd and always encrypts. */
export class ResticRepository extends PeerRepository {
  /** Makes an empty one below a directory that exists, with its cache beside it. */
  static async create(directory: string, signal: AbortSignal): Promise<ResticRepository> {
    const path = join(directory, 'repository');
    const env = {
      RESTIC_REPOSITORY: path,
      RESTIC_PASSWORD: randomBytes(16).toString('hex'),
      RESTIC_CACHE_DIR: join(directory, 'cache'),
    };
    const repository = new ResticRepository(['restic'], path, env, signal);
    await repository.run(['init', '--repository-version', '2']);
    return repository;
  }
}

/** Stores a directory or, with `--stdin`, what comes in. */
export const RESTIC_BACKUP = ['backup', '--quiet', '--host', 'bench'] as const;
