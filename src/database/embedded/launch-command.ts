import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { ServerUser } from './server-user.js';

const run = promisify(execFile);

export interface LaunchCommand {
  command: string;
  args: string[];
  options: { cwd: string; env: NodeJS.ProcessEnv; uid?: number; gid?: number };
}

/**
 * How to start a program as the server's user so that it gets `deathSignal` when our process dies,
 * even by kill -9. Where `setpriv` cannot arrange that (it is part of Linux' util-linux) the program
 * outlives us, and the next start ends it.
 */
export async function launchCommand(
  program: string,
  args: string[],
  user: ServerUser | undefined,
  deathSignal: 'INT' | 'KILL',
): Promise<LaunchCommand> {
  // The working directory must be one the other user may enter. Of our environment nothing is passed
  // on that could hold a secret or, like PGDATA, change what the program does.
  const options = { cwd: '/', env: { PATH: process.env['PATH'], LC_ALL: 'C', TZ: 'UTC' } };
  if (!(await setprivWorks())) {
    return { command: program, args, options: { ...options, ...(user && { uid: user.uid, gid: user.gid }) } };
  }
  // One call for both: the kernel forgets the death signal when a process changes its user afterwards.
  const identity = user ? ['--reuid', String(user.uid), '--regid', String(user.gid), '--clear-groups'] : [];
  return {
    command: 'setpriv',
    args: [...identity, '--pdeathsig', deathSignal, '--', program, ...args],
    options,
  };
}

let setprivProbe: Promise<boolean> | undefined;

function setprivWorks(): Promise<boolean> {
  setprivProbe ??= run('setpriv', ['--pdeathsig', 'INT', '--', 'true']).then(
    () => true,
    () => false,
  );
  return setprivProbe;
}
