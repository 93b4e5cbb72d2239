import { runProgram } from '../machine/program.js';

/** Each program, and the Debian package it is in. */
const PACKAGES: Record<string, string> = { restic: 'restic', borg: 'borgbackup', zstd: 'zstd' };

/** Installs the peers that are missing, as root on Debian; throws a sentence about what to do elsewhere. */
export async function installPeers(signal: AbortSignal): Promise<void> {
  const missing: string[] = [];
  for (const [program, debianPackage] of Object.entries(PACKAGES)) {
    await runProgram(program, ['--help'], { signal }).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOENT') throw error;
      missing.push(debianPackage);
    });
  }
  if (missing.length === 0) return;
  const install = ['install', '--yes', '--no-install-recommends', ...missing];
  if (process.getuid?.() !== 0) throw new Error(`The peers are missing. As root: apt-get ${install.join(' ')}`);
  console.log(`Installing ${missing.join(', ')}.`);
  const options = { signal, env: { DEBIAN_FRONTEND: 'noninteractive' } };
  await runProgram('apt-get', install, options).catch(async () => {
    // The lists of a fresh machine are empty or old.
    await runProgram('apt-get', ['update'], options);
    await runProgram('apt-get', install, options);
  });
}
