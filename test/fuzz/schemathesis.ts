import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { pipEnvironment } from '../corpus/postgres-wheels.js';
import { run } from '../corpus/programs.js';

const REQUIREMENTS = join(import.meta.dirname, 'requirements.txt');
const OLDEST_PYTHON = [3, 10] as const;
const IS_NEW_ENOUGH = `import sys, venv, ensurepip; sys.exit(sys.version_info < (${OLDEST_PYTHON.join(', ')}))`;
const PYTHONS = ['python3', ...[14, 13, 12, 11, 10].map((minor) => `python3.${minor}`)];

/** What is missing on this machine, and what to do about it. */
export class PythonMissing extends Error {
  constructor() {
    super(
      `This needs Python ${OLDEST_PYTHON.join('.')} or newer with venv and pip: install it ` +
        `(Debian: apt-get install python3-venv), and start again.`,
    );
  }
}

/** A Python that can make virtual environments; undefined where there is none. */
export async function pythonHere(): Promise<string | undefined> {
  for (const python of PYTHONS) {
    const fits = await run([python, '-c', IS_NEW_ENOUGH]).then(
      () => true,
      () => false,
    );
    if (fits) return python;
  }
  return undefined;
}

/**
 * A Python with the Schemathesis of `requirements.txt`, in a virtual environment below this user's cache, which is made once.
 * Throws `PythonMissing`, or what pip says.
 */
export async function pythonWithSchemathesis(): Promise<string> {
  const requirements = await readFile(REQUIREMENTS);
  const digest = createHash('sha256').update(requirements).digest('hex').slice(0, 12);
  const cache = process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache');
  const directory = join(cache, 'snapback', 'toolchains', `schemathesis-${digest}`);
  const [program, whole] = [join(directory, 'bin', 'python'), join(directory, 'is-whole')];
  if (existsSync(whole)) return program;
  const python = await pythonHere();
  if (python === undefined) throw new PythonMissing();
  // The rest of one that was interrupted. It cannot be made elsewhere and moved: its programs know their place.
  await rm(directory, { recursive: true, force: true });
  await mkdir(join(cache, 'snapback', 'toolchains'), { recursive: true });
  await run([python, '-m', 'venv', directory]);
  const install = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '-r', REQUIREMENTS];
  await run([program, ...install], { env: pipEnvironment() });
  await writeFile(whole, '');
  return program;
}
