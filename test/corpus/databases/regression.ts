import { existsSync } from 'node:fs';
import { mkdir, readdir, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { findProgram } from '../../../src/engine/postgres/programs/programs.js';
import { words } from '../ask.js';
import { cacheDirectory } from '../cache.js';
import type { CorpusDatabase } from '../corpus-database.js';
import { run } from '../programs.js';

const DEBIAN_MAJOR = 15;
const DRIVER = `/usr/lib/postgresql/${DEBIAN_MAJOR}/lib/pgxs/src/test/regress/pg_regress`;
const KEYRING = '/usr/share/keyrings/debian-archive-keyring.gpg';
const SCHEDULE = 'parallel_schedule';

/** What PostgreSQL's own tests leave behind: a little of everything it can do. */
export const regression: CorpusDatabase[] = [
  {
    name: 'regression',
    about: "what PostgreSQL's own regression tests leave behind",
    roles: ['superuser'],
    async missing() {
      const { major } = await findProgram('postgres');
      if (major !== DEBIAN_MAJOR || !existsSync(DRIVER)) return `no pg_regress of PostgreSQL ${major}`;
      const found = await regressionFiles();
      return 'missing' in found ? found.missing : undefined;
    },
    async build(place) {
      const found = await regressionFiles();
      if ('missing' in found) throw new Error(found.missing);
      const { files } = found;
      const output = join(place.world.directory, 'regress');
      await mkdir(output);
      const { host, port, database, user, password } = place.address;
      const programs = dirname((await findProgram('psql')).path);
      const options = [
        `--bindir=${programs}`,
        `--inputdir=${files}`,
        `--outputdir=${output}`,
        `--schedule=${join(files, SCHEDULE)}`,
        `--dlpath=${files}`,
        '--use-existing',
        `--dbname=${database}`,
        `--host=${host}`,
        `--port=${port}`,
        `--user=${user}`,
        '--max-connections=20',
      ];
      // Some tests fail for what the machine lacks; what they leave is what is wanted.
      await run([DRIVER, ...options], { env: { PGPASSWORD: password, PGSSLMODE: 'disable' }, cwd: output }).catch(
        () => undefined,
      );
      await rm(output, { recursive: true });
    },
  },
];

/** Where `sql`, `data` and `expected` lie: `PG_REGRESS_FILES`, or Debian's source package, fetched once. */
async function regressionFiles(): Promise<{ files: string } | { missing: string }> {
  const named = process.env['PG_REGRESS_FILES'];
  if (named !== undefined) return { files: named };
  try {
    const cache = await cacheDirectory('regress');
    const files = join(cache, 'src', 'test', 'regress');
    if (!existsSync(join(files, SCHEDULE))) await fetchSource(cache);
    return { files };
  } catch (error) {
    return { missing: `no files of PostgreSQL's tests (PG_REGRESS_FILES): ${words(error)}` };
  }
}

/** With package lists of its own, so that nothing of the system's configuration changes. */
async function fetchSource(cache: string): Promise<void> {
  if (!existsSync(KEYRING)) throw new Error('this is no Debian');
  const { VERSION_CODENAME: release } = Object.fromEntries(
    (await run(['cat', '/etc/os-release'])).split('\n').map((line) => line.split('=')),
  ) as Record<string, string>;
  const lists = join(cache, 'lists');
  await mkdir(join(lists, 'partial'), { recursive: true });
  const sources = join(cache, 'sources.list');
  await run([
    'sh',
    '-c',
    `echo "deb-src [signed-by=${KEYRING}] http://deb.debian.org/debian ${release} main" > "$1"`,
    'sh',
    sources,
  ]);
  const options = [
    '-q',
    '-o',
    `Dir::Etc::SourceList=${sources}`,
    '-o',
    'Dir::Etc::SourceParts=/dev/null',
    '-o',
    `Dir::State::lists=${lists}`,
  ];
  await run(['apt-get', ...options, 'update']);
  await run(['apt-get', ...options, 'source', '--download-only', `postgresql-${DEBIAN_MAJOR}`], { cwd: cache });
  const archive = (await readdir(cache)).find((name) => name.endsWith('.orig.tar.bz2'));
  if (archive === undefined) throw new Error('the source package has no archive');
  const unpack = ['tar', '--extract', '--bzip2', '--strip-components=1', '--wildcards', '--no-same-owner'];
  await run([...unpack, '--file', join(cache, archive), '*/src/test/regress/*'], { cwd: cache });
}
