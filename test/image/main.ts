import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureTools } from '../harness/ensure-tools.js';

/*
 * Takes the steps of the Dockerfile on a machine without a container engine, and runs what they make: `npm run test:image`. Needs root, on
 * Linux, and Debian's mirror and npm's registry. Exit status 1 when a step fails, or what it makes does not do its work.
 */

const NOT_SHOWN = `Not shown: what layers and the official image of Node are like (its place is taken by debootstrap's bookworm with the Node of the
npm package node-linux-${process.arch}), and what a container engine adds: its network, its seccomp filter, cgroups, and names of users.`;

if (process.platform !== 'linux' || process.getuid?.() !== 0) {
  console.error('This needs root, on Linux: it makes file systems and mounts them.');
  process.exit(2);
}
ensureTools('debootstrap', 'unshare', 'setpriv', 'chroot');

const directory = mkdtempSync(join(tmpdir(), 'snapback-test-image-'));
// Mounts are made in a namespace that ends with what is started here: whatever happens to that, nothing is mounted below the directory.
const [node, ...options] = [process.execPath, ...process.execArgv];
const unshare = ['unshare', '--mount', '--propagation', 'private', '--fork', '--kill-child', '--'];
const args = ['--pdeathsig', 'KILL', ...unshare, node!, ...options, join(import.meta.dirname, 'inside.ts'), directory];
const child = spawn('setpriv', args, { stdio: 'inherit' });
let interrupted: NodeJS.Signals | undefined;
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => {
    interrupted = signal;
    child.kill('SIGKILL');
  });
}
child.once('exit', (code) => {
  spawnSync('rm', ['-rf', '--one-file-system', directory]);
  if (interrupted === undefined && code === 0) console.log(`All of it was done.\n\n${NOT_SHOWN}`);
  process.exitCode = interrupted === undefined ? (code ?? 1) : 130;
});
