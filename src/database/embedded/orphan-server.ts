import { rm } from 'node:fs/promises';
import { endServer } from './end-server.js';
import { postmasterFile, readPostmasterFile } from './postmaster-file.js';
import { commandLine } from './process-identity.js';

/**
 * Ends the server that an earlier run left in this data directory. To be called only by the holder of
 * the owner lock: it is what makes a server found here nobody's.
 */
export async function endOrphanServer(cluster: string, log: (message: string) => void): Promise<void> {
  const left = await readPostmasterFile(cluster);
  if (!left) return;
  const command = await commandLine(left.pid);
  if (isServerOf(command, cluster)) {
    log(`PostgreSQL of an earlier run (process ${left.pid}) is still there and is being stopped.`);
    await endServer(left.pid, async () => !isServerOf(await commandLine(left.pid), cluster));
  } else if (command !== '') {
    // The number went to another program since. PostgreSQL would take that for a running server and refuse.
    await rm(postmasterFile(cluster), { force: true });
  }
}

/** The command line has one argument a line on Linux and all in one line elsewhere. */
export function isServerOf(command: string, cluster: string): boolean {
  return command.includes('postgres') && `${command.replaceAll('\n', ' ')} `.includes(` -D ${cluster} `);
}
