import { execFile } from 'node:child_process';
import { cp, mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const ROOT = join(import.meta.dirname, '..', '..');

/** What `npm pack` makes of cli/, in a copy of what it is built from below this directory: nothing is left in the repository. Returns the archive. */
export async function packCommandLine(scratch: string): Promise<string> {
  const repository = join(scratch, 'repository');
  for (const path of ['cli', 'sdk/typescript', 'LICENSE']) {
    const filter = (source: string) => !/\/(dist|node_modules)$/.test(source);
    await cp(join(ROOT, path), join(repository, path), { recursive: true, filter });
  }
  await symlink(join(ROOT, 'node_modules'), join(repository, 'node_modules'));
  const options = ['pack', '--json', '--pack-destination', scratch];
  const { stdout } = await run('npm', options, { cwd: join(repository, 'cli') });
  const [{ filename }] = JSON.parse(stdout.slice(stdout.indexOf('['))) as [{ filename: string }];
  return join(scratch, filename);
}

/** Into a project with nothing else in it. Without the keyring's package, which is optional: it would have to be fetched. */
export async function installCommandLine(archive: string, project: string): Promise<void> {
  await mkdir(project, { recursive: true });
  await writeFile(join(project, 'package.json'), '{"name":"project","private":true,"type":"module"}');
  const options = ['install', '--offline', '--omit=optional', '--no-audit', '--no-fund', archive];
  await run('npm', options, { cwd: project });
}
