import { runProgram } from '../machine/program.js';

/** Installs packages as root on Debian; what is there stays as it is. Throws a sentence about what to do elsewhere, which begins with `reason`. */
export async function installPackages(packages: readonly string[], reason: string, signal: AbortSignal): Promise<void> {
  const install = ['install', '--yes', '--no-install-recommends', '--no-upgrade', ...packages];
  if (process.getuid?.() !== 0) throw new Error(`${reason} As root: apt-get ${install.join(' ')}`);
  console.log(`Installing ${packages.join(', ')}.`);
  const options = { signal, env: { DEBIAN_FRONTEND: 'noninteractive' } };
  await runProgram('apt-get', install, options).catch(async () => {
    // The lists of a fresh machine are empty or old.
    await runProgram('apt-get', ['update'], options);
    await runProgram('apt-get', install, options);
  });
}
