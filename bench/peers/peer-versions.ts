import { pathOfClientPrograms } from '../environment/client-programs.js';
import { isThere, runProgram } from '../machine/program.js';

/** How those say which version they are that do not know `--version`. */
const ASKED: Record<string, string> = { restic: 'version', pgbackrest: 'version' };

/** What the programs that took part say of themselves, for the results; those that are not there are left out. */
export async function peerVersions(programs: readonly string[], signal: AbortSignal): Promise<Record<string, string>> {
  const options = { signal, env: { PATH: await pathOfClientPrograms() } };
  const said: Record<string, string> = {};
  for (const program of programs) {
    if (!(await isThere(program, options))) continue;
    const [line = ''] = (await runProgram(program, [ASKED[program] ?? '--version'], options)).split('\n');
    said[program] = line.trim();
  }
  return said;
}
