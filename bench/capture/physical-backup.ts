import { join } from 'node:path';
import type { BenchEnvironment } from '../environment/environment.js';
import { endedProgramsSeconds } from '../machine/processor-time.js';
import { PgBackRestRepository } from '../peers/pgbackrest-repository.js';
import type { CaptureContender } from './contender.js';

/** The files of the server, all of its databases together, by pgBackRest: first in full, then what has changed since. Not the filestore. */
export class PhysicalBackup implements CaptureContender {
  readonly name = 'pgbackrest-database';
  readonly isYardstick = true;
  private repository: PgBackRestRepository;
  private isFirst = true;

  constructor(private readonly signal: AbortSignal) {}

  async begin(directory: string, { cluster, superuserEnv }: BenchEnvironment): Promise<void> {
    this.isFirst = true;
    const server = { cluster, superuserEnv };
    this.repository = await PgBackRestRepository.create(join(directory, 'pgbackrest'), server, this.signal);
  }

  async capture(): Promise<void> {
    await this.repository.backUp(this.isFirst ? 'full' : 'diff');
    this.isFirst = false;
  }

  processorSeconds(): Promise<number> {
    return endedProgramsSeconds();
  }

  storedBytes(): Promise<number> {
    return this.repository.storedBytes();
  }

  async end(): Promise<void> {}
}
