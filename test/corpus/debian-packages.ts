import { existsSync } from 'node:fs';
import { words } from './ask.js';
import { run } from './programs.js';

/** Another installation may be running. */
const APT_LOCK_SECONDS = 300;

/** Installs those that are not there, where we may. Resolves to a sentence when some are still missing. */
export async function installDebianPackages(packages: readonly string[]): Promise<string | undefined> {
  const missing: string[] = [];
  for (const name of packages) if (!(await isInstalled(name))) missing.push(name);
  if (missing.length === 0) return undefined;
  const command = `apt-get install -y --no-install-recommends ${missing.join(' ')}`;
  if (!existsSync('/usr/bin/apt-get')) return `Not on this machine: ${missing.join(', ')}.`;
  if (process.getuid?.() !== 0) return `Missing: sudo ${command}`;
  console.error(`Installing Debian's packages: ${missing.join(', ')}.`);
  const options = ['-q', '-o', `DPkg::Lock::Timeout=${APT_LOCK_SECONDS}`];
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  try {
    await run(['apt-get', ...options, 'update'], { env }).catch(() => undefined);
    await run(['apt-get', ...options, 'install', '-y', '--no-install-recommends', ...missing], { env });
    return undefined;
  } catch (error) {
    return `Missing: sudo ${command} (${words(error)})`;
  }
}

async function isInstalled(name: string): Promise<boolean> {
  const status = await run(['dpkg-query', '-W', '-f', '${Status}', name]).catch(() => '');
  return status.endsWith('ok installed');
}
