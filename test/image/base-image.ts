import { existsSync } from 'node:fs';
import { chmod, cp, mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { cached } from '../../scripts/toolchains/cache.js';
import { execute } from '../../scripts/toolchains/execute.js';

const ROOT = join(import.meta.dirname, '..', '..');
const NODE = join(ROOT, 'node_modules', `node-linux-${process.arch}`);
const DEBIAN = { suite: 'bookworm', mirror: 'http://deb.debian.org/debian' };
/** Of npm; the official image has the one that came with its Node. */
const NPM = '11';
/** Where the official image has them. */
export const BASE_ENV = { PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin' };

/** The only image that we know how to make something alike of: Debian's smallest, with Node and npm below /usr/local and a user `node`. */
export const KNOWN_IMAGE = 'node:24-bookworm-slim';

/** A directory that is like `KNOWN_IMAGE`, kept in root's cache. */
export async function baseImage(): Promise<string> {
  const { version } = JSON.parse(await readFile(join(NODE, 'package.json'), 'utf8')) as { version: string };
  return cached('image-base', { ...DEBIAN, version, NPM }, async (half) => {
    const root = join(half, 'root');
    await execute({
      run: ['nice', '-n', '10', 'debootstrap', '--variant=minbase', DEBIAN.suite, root, await mirror()],
    });
    await execute({ run: ['chroot', root, 'apt-get', 'clean'] });
    await slim(root);
    await cp(join(NODE, 'bin', 'node'), join(root, 'usr/local/bin/node'));
    await installNpm(root);
    for (const run of [
      ['groupadd', '--gid', '1000', 'node'],
      ['useradd', '--uid', '1000', '--gid', 'node', '--shell', '/bin/bash', '--create-home', 'node'],
    ])
      await execute({ run: ['chroot', root, ...run] });
  }).then((directory) => join(directory, 'root'));
}

/** What the official slim image leaves out, which packages notice: a directory for man pages is none of it. */
async function slim(root: string): Promise<void> {
  const excluded = ['doc', 'info', 'locale', 'man'].map((name) => `path-exclude /usr/share/${name}/*`);
  await writeFile(join(root, 'etc/dpkg/dpkg.cfg.d/docker'), `${excluded.join('\n')}\n`);
  await writeFile(join(root, 'usr/sbin/policy-rc.d'), '#!/bin/sh\nexit 101\n');
  await chmod(join(root, 'usr/sbin/policy-rc.d'), 0o755);
}

async function installNpm(root: string): Promise<void> {
  const modules = join(root, 'usr/local/lib/node_modules');
  await mkdir(modules, { recursive: true });
  const { stdout } = await execute({ run: ['npm', 'pack', '--silent', `npm@${NPM}`], cwd: modules });
  const [archive] = stdout.trim().split('\n').slice(-1);
  await execute({ run: ['tar', 'xzf', archive!], cwd: modules });
  await execute({ run: ['mv', 'package', 'npm'], cwd: modules });
  await execute({ run: ['rm', archive!], cwd: modules });
  for (const name of ['npm', 'npx'])
    await symlink(`../lib/node_modules/npm/bin/${name}-cli.js`, join(root, 'usr/local/bin', name));
}

/** The one this machine takes its own packages from, where it is a Debian. */
async function mirror(): Promise<string> {
  const sources = '/etc/apt/sources.list.d/debian.sources';
  const text = existsSync(sources) ? await readFile(sources, 'utf8') : '';
  return /^URIs:\s*(\S+)/m.exec(text)?.[1] ?? DEBIAN.mirror;
}
