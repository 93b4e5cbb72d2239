import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { PeerRepository } from './peer-repository.js';

/** The others keep their repository in order when they are told to, too. */
const KOPIA = ['kopia', '--no-progress', '--no-auto-maintenance'] as const;

/** A repository of kopia in a directory. It always encrypts; zstd, which is off unless asked for, has the level that restic has unless told. */
export class KopiaRepository extends PeerRepository {
  /** Makes an empty one below a directory that exists, with its cache, logs and configuration beside it. */
  static async create(directory: string, signal: AbortSignal): Promise<KopiaRepository> {
    const path = join(directory, 'repository');
    const env = {
      KOPIA_PASSWORD: randomBytes(16).toString('hex'),
      KOPIA_PERSIST_CREDENTIALS_ON_CONNECT: 'false',
      KOPIA_CONFIG_PATH: join(directory, 'kopia.config'),
      KOPIA_CACHE_DIRECTORY: join(directory, 'cache'),
      KOPIA_LOG_DIR: join(directory, 'log'),
      KOPIA_CHECK_FOR_UPDATES: 'false',
    };
    const repository = new KopiaRepository(KOPIA, path, env, signal);
    await repository.run(['repository', 'create', 'filesystem', '--path', path]);
    await repository.run(['policy', 'set', '--global', '--compression=zstd']);
    return repository;
  }
}
