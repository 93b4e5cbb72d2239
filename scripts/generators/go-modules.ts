import { cp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execute, type Command, type Said } from '../toolchains/execute.js';

/** The module that a generated client and our program are put into. */
const MODULE = 'example.com/job';
const GO = '1.24';

/** Builds our program with the client in `client` of a directory, and modules of these versions. Puts it into `job`. */
export async function buildGo(directory: string, program: string, modules: Record<string, string>): Promise<Said> {
  await cp(program, join(directory, 'main.go'));
  const required = Object.entries(modules).map(([path, version]) => `require ${path} ${version}\n`);
  await writeFile(join(directory, 'go.mod'), `module ${MODULE}\n\ngo ${GO}\n\n${required.join('')}`);
  const run = (...args: string[]) =>
    execute({ run: ['go', ...args], cwd: directory, env: { GOFLAGS: '-mod=mod', GOWORK: 'off' } });
  // What the modules need themselves is taken in the versions that they ask for, and no newer ones.
  const built = await run('build', '-o', 'job', '.');
  const vetted = await run('vet', '.');
  // Which modules it fetches is told on the way, and is of no interest.
  return { stdout: built.stdout + vetted.stdout, stderr: vetted.stderr };
}

/** What runs our program afterwards. */
export function jobOfGo(directory: string): Command {
  return { run: [join(directory, 'job')], cwd: directory };
}
