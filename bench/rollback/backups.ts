import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { BenchEnvironment } from '../environment/environment.js';
import { runScript } from '../machine/program.js';
import { RESTIC_BACKUP, ResticRepository } from '../peers/restic-repository.js';

/** What the peers restore from: a directory dump, and a repository of restic with a dump and the files. */
export class Backups {
  private constructor(
    readonly dumpDirectory: string,
    readonly repository: ResticRepository,
  ) {}

  /** Of the environment as it is now, in a directory that does not exist yet. Not timed. */
  static async take(directory: string, environment: BenchEnvironment, signal: AbortSignal): Promise<Backups> {
    await mkdir(directory);
    const repository = await ResticRepository.create(directory, signal);
    const dumpDirectory = join(directory, 'dump');
    const backup = `restic ${RESTIC_BACKUP.join(' ')}`;
    const lines = [
      // Not compressed: reading it back is what is measured, and that is how it is fastest.
      'pg_dump -Fd -j2 -Z0 --file="$1"',
      `pg_dump -Fc -Z0 | ${backup} --tag database --stdin --stdin-filename database.dump`,
      `${backup} --tag files "$2"`,
    ];
    const env = { ...environment.clientEnv, ...repository.env };
    await runScript(lines, [dumpDirectory, environment.filestore], { signal, env });
    return new Backups(dumpDirectory, repository);
  }
}
