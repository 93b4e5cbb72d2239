// Sees to it that PostgreSQL's programs are on this machine before Snapback starts, and says nothing when
// they are. Runs on the machine's own Node, before anything is installed or built: plain JavaScript only.
//
//   node scripts/ensure-postgres.mjs                what the embedded server and the snapshots need
//   node scripts/ensure-postgres.mjs --client-only  what the snapshots need, the server being elsewhere

import { spawnSync } from 'node:child_process';
import {
  accessSync,
  constants,
  existsSync,
  mkdirSync,
  readdirSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { basename, delimiter, dirname, join } from 'node:path';

const CLIENT_PROGRAMS = ['pg_dump', 'pg_restore'];
const SERVER_PROGRAMS = ['postgres', 'initdb'];
const DEBIAN_VERSIONS = '/usr/lib/postgresql';
/** Another installation may be running. */
const APT_LOCK_SECONDS = 300;
const DEBIAN_DROP_IN = '/etc/postgresql-common/createcluster.d/snapback.conf';

/** The programs that are found neither in PG_BIN, nor in PATH, nor among Debian's versions. */
export function missingPrograms(clientOnly, env = process.env, versions = DEBIAN_VERSIONS) {
  const installed = existsSync(versions) ? readdirSync(versions).map((version) => join(versions, version, 'bin')) : [];
  const directories = [env.PG_BIN ?? '', ...(env.PATH ?? '').split(delimiter), ...installed].filter(Boolean);
  const wanted = clientOnly ? CLIENT_PROGRAMS : [...SERVER_PROGRAMS, ...CLIENT_PROGRAMS];
  return wanted.filter((program) => !directories.some((directory) => isProgram(join(directory, program))));
}

function isProgram(path) {
  try {
    accessSync(path, constants.X_OK);
    // Debian's wrapper is there without any version it could start.
    return basename(realpathSync(path)) !== 'pg_wrapper';
  } catch {
    return false;
  }
}

/** What to do about missing programs: `install` the package ourselves, or `say` one sentence with the command. */
export function planFor({ missing, clientOnly, platform, isRoot, hasApt }) {
  if (missing.length === 0) return {};
  const debianPackage = clientOnly ? 'postgresql-client' : 'postgresql';
  if (hasApt && isRoot) return { install: debianPackage };
  const command = hasApt
    ? `sudo apt-get install -y --no-install-recommends ${debianPackage}`
    : platform === 'darwin'
      ? 'brew install postgresql'
      : `sudo dnf install -y ${clientOnly ? 'postgresql' : 'postgresql-server'}`;
  const otherwise = hasApt || platform === 'darwin' ? '' : ", or your system's own command for installing PostgreSQL";
  return {
    say:
      `Snapback needs PostgreSQL's programs, and ${missing.join(', ')} could not be found in PG_BIN, PATH or ` +
      `${DEBIAN_VERSIONS}: run \`${command}\`${otherwise}, and start again.`,
  };
}

/** Why it could not be installed, or undefined when it was. */
function install(debianPackage) {
  console.log(`PostgreSQL's programs are missing: installing Debian's package ${debianPackage} (apt-get), once.`);
  const allowMainCluster = forbidMainCluster();
  try {
    // Without fresh lists apt may ask for versions its servers no longer have. That one of several servers
    // does not answer need not matter.
    const update = aptGet(['update']);
    const installation = aptGet(['install', '-y', '--no-install-recommends', debianPackage]);
    if (installation.status === 0) return undefined;
    return `apt-get could not install ${debianPackage}:\n${update.words}${installation.words}`;
  } finally {
    allowMainCluster();
  }
}

function aptGet(args) {
  const { status, stderr, error } = spawnSync(
    'apt-get',
    ['-q', '-o', `DPkg::Lock::Timeout=${APT_LOCK_SECONDS}`, ...args],
    {
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
      stdio: ['ignore', 'ignore', 'pipe'],
      encoding: 'utf8',
      maxBuffer: 64 * 1024 * 1024,
    },
  );
  return { status, words: error ? error.message : stderr };
}

/**
 * Debian's package creates and starts a server of its own, which nobody here asked for. A drop-in file tells
 * it not to: it changes no file of the package or of the administrator and is there only while we install.
 * Returns what undoes it.
 */
function forbidMainCluster() {
  mkdirSync(dirname(DEBIAN_DROP_IN), { recursive: true });
  const words = "# Written by Snapback while it installs PostgreSQL's programs; can be removed.";
  writeFileSync(DEBIAN_DROP_IN, `${words}\ncreate_main_cluster = false\n`);
  return () => rmSync(DEBIAN_DROP_IN, { force: true });
}

function main() {
  const clientOnly = process.argv.includes('--client-only');
  const plan = planFor({
    missing: missingPrograms(clientOnly),
    clientOnly,
    platform: process.platform,
    isRoot: process.getuid?.() === 0,
    hasApt: existsSync('/usr/bin/apt-get'),
  });
  let failure = plan.say;
  if (plan.install) {
    failure = install(plan.install);
    const missing = failure ? [] : missingPrograms(clientOnly);
    if (missing.length > 0) failure = `apt-get installed ${plan.install}, and ${missing.join(', ')} is still missing.`;
  }
  if (failure) {
    console.error(failure);
    process.exitCode = 1;
  }
}

if (process.argv[1] && realpathSync(process.argv[1]) === import.meta.filename) main();
