// The tests of the console look at it in a real Chromium: the one of CHROMIUM, or of PATH; else it is installed, as root on Debian, or this says how.
import { spawnSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome'];

/** The path of a browser that can be run; undefined when there is none. */
export function findChromium(env = process.env) {
  const inPath = (env.PATH ?? '').split(delimiter).flatMap((directory) => NAMES.map((name) => join(directory, name)));
  return [env.CHROMIUM, ...inPath, '/usr/bin/chromium'].find(
    (path) => path !== undefined && path !== '' && isProgram(path),
  );
}

function isProgram(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function install() {
  const run = (...args) => spawnSync('apt-get', args, { stdio: ['ignore', 'ignore', 'inherit'] }).status === 0;
  const packages = ['-y', '--no-install-recommends', 'chromium'];
  console.error('Chromium is missing and is installed (apt-get install chromium), for the tests of the console…');
  return run('install', ...packages) || (run('update') && run('install', ...packages));
}

if (import.meta.main ?? process.argv[1] === import.meta.filename) {
  if (findChromium() === undefined) {
    const canInstall = process.platform === 'linux' && process.getuid?.() === 0 && isProgram('/usr/bin/apt-get');
    if (!canInstall || !install()) {
      console.error(
        'The tests of the console need Chromium: install it (Debian: sudo apt-get install chromium), or name it in CHROMIUM.',
      );
      process.exitCode = 1;
    }
  }
}
