// The tests of the console look at it in a real Chromium: the one of CHROMIUM, or of PATH; else it is installed, as root on Debian, or this says how.
import { spawnSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

/** The first has no windows and takes a third of the processor for the same pages. */
const NAMES = ['chromium-headless-shell', 'chromium', 'chromium-browser', 'google-chrome'];

/** The path of a browser that can be run; undefined when there is none. */
export function findChromium(env = process.env) {
  const inPath = (env.PATH ?? '').split(delimiter).flatMap((directory) => NAMES.map((name) => join(directory, name)));
  return [env.CHROMIUM, ...inPath].find((path) => path !== undefined && path !== '' && isProgram(path));
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
  const tryAll = () =>
    ['chromium-headless-shell', 'chromium'].some((name) => run('install', '-y', '--no-install-recommends', name));
  console.error(
    'Chromium is missing and is installed (apt-get install chromium-headless-shell), for the tests of the console…',
  );
  return (run('update') && tryAll()) || tryAll();
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
