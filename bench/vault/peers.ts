import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { directoryBytes } from '../machine/directory-bytes.js';
import { runProgram } from '../machine/program.js';
import { BORG_CREATE, BorgRepository } from '../peers/borg-repository.js';
import { RESTIC_BACKUP, ResticRepository } from '../peers/restic-repository.js';
import type { Contender } from './contender.js';

export class Restic implements Contender {
  readonly name = 'restic';
  readonly isVault = true;
  readonly restoresWholePath = true;
  private repository: ResticRepository;

  constructor(private readonly signal: AbortSignal) {}

  async begin(directory: string): Promise<void> {
    this.repository = await ResticRepository.create(directory, this.signal);
  }

  capture(directory: string): Promise<void> {
    return this.repository.run([...RESTIC_BACKUP, directory]);
  }

  restore(directory: string): Promise<void> {
    return this.repository.run(['restore', 'latest', '--target', directory]);
  }

  storedBytes(): Promise<number> {
    return this.repository.storedBytes();
  }
}

export class Borg implements Contender {
  readonly name = 'borg';
  readonly isVault = true;
  readonly restoresWholePath = true;
  private repository: BorgRepository;
  private archives = 0;

  constructor(private readonly signal: AbortSignal) {}

  async begin(directory: string): Promise<void> {
    this.archives = 0;
    this.repository = await BorgRepository.create(directory, this.signal);
  }

  async capture(directory: string): Promise<void> {
    this.archives += 1;
    await this.repository.run([...BORG_CREATE, `::${this.archives}`, directory]);
  }

  async restore(directory: string): Promise<void> {
    await mkdir(directory);
    await this.repository.run(['extract', `::${this.archives}`], directory);
  }

  storedBytes(): Promise<number> {
    return this.repository.storedBytes();
  }
}

/** `tar | zstd` on all cores: everything, each time, in the clear. A yardstick, and not a vault. */
export class TarZstd implements Contender {
  readonly name = 'tar-zstd';
  readonly isVault = false;
  readonly restoresWholePath = false;
  private archive: string;
  private directory: string;

  constructor(private readonly signal: AbortSignal) {}

  async begin(directory: string): Promise<void> {
    this.directory = directory;
    this.archive = join(directory, 'archive.tar.zst');
  }

  async capture(directory: string): Promise<void> {
    await this.run([
      '--create',
      '--file',
      this.archive,
      '--use-compress-program',
      'zstd -T0',
      '--directory',
      directory,
      '.',
    ]);
  }

  async restore(directory: string): Promise<void> {
    await mkdir(directory);
    await this.run(['--extract', '--file', this.archive, '--use-compress-program', 'zstd', '--directory', directory]);
  }

  storedBytes(): Promise<number> {
    return directoryBytes(this.directory);
  }

  private async run(args: string[]): Promise<void> {
    await runProgram('tar', args, { signal: this.signal });
  }
}
