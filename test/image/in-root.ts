import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

export interface Bind {
  from: string;
  /** In the root. */
  to: string;
  readOnly?: boolean;
}

/** How a program is run in a directory as if that were the whole file system. */
export interface InRoot {
  root: string;
  argv: readonly string[];
  /** All it gets. */
  env: Readonly<Record<string, string>>;
  cwd: string;
  /** By its name there, or `root`. */
  user: string;
  binds?: readonly Bind[];
  /** Directories of the root over which an empty one is laid, in memory, of the same owner and mode. */
  writable?: readonly string[];
  /** Nothing else can be written, by root neither, and no privilege is had or gained. */
  confined?: boolean;
}

const DEVICES = ['null', 'zero', 'full', 'random', 'urandom', 'tty'];

/**
 * Starts it, as process 1 of its own, with mounts of its own: they go with the process, however that ends, and it does not
 * outlive this one. The network is the machine's. Needs root.
 */
export async function startInRoot(run: InRoot): Promise<ChildProcess> {
  await makeMountPoints(run);
  const unshare = ['unshare', '--mount', '--pid', '--fork', '--kill-child', '--propagation', 'private', '--'];
  const command = ['setpriv', '--pdeathsig', 'KILL', ...unshare, 'sh', '-c', await script(run), 'sh', ...run.argv];
  const [program, ...args] = command;
  return spawn(program!, args, { env: { ...run.env }, stdio: ['ignore', 'pipe', 'pipe'] });
}

/** Runs it to its end. */
export async function runInRoot(run: InRoot): Promise<{ code: number; said: string }> {
  const child = await startInRoot(run);
  let said = '';
  for (const stream of [child.stdout!, child.stderr!])
    stream.setEncoding('utf8').on('data', (text: string) => (said += text));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve({ code: code ?? -1, said }));
  });
}

/** A container engine makes them too, before the root becomes read-only. */
async function makeMountPoints({ root, binds = [], writable = [] }: InRoot): Promise<void> {
  for (const path of ['/proc', '/dev', ...writable]) await mkdir(join(root, path), { recursive: true });
  for (const { from, to } of binds) {
    const path = join(root, to);
    const isDirectory = statSync(from).isDirectory();
    await mkdir(isDirectory ? path : dirname(path), { recursive: true });
    if (!isDirectory && !existsSync(path)) await writeFile(path, '');
  }
}

async function script(run: InRoot): Promise<string> {
  const { root, binds = [], writable = [], confined = false } = run;
  const at = (path: string) => quoted(join(root, path));
  const { uid, gid } = await userIn(root, run.user);
  const groups = uid === 0 ? '--clear-groups' : '--init-groups';
  const privileges = confined ? '--no-new-privs --inh-caps=-all --bounding-set=-all' : '';
  return [
    'set -e',
    `mount --bind ${at('/')} ${at('/')}`,
    ...(confined ? [`mount -o remount,bind,ro ${at('/')}`] : []),
    `mount -t proc proc ${at('/proc')}`,
    `mount -t tmpfs -o mode=755 tmpfs ${at('/dev')}`,
    ...DEVICES.map((name) => `touch ${at(`/dev/${name}`)} && mount --bind /dev/${name} ${at(`/dev/${name}`)}`),
    `ln -s /proc/self/fd ${at('/dev/fd')} && mkdir -m 1777 ${at('/dev/shm')}`,
    ...writable.map((path) => {
      const options = `$(stat -c mode=%a,uid=%u,gid=%g ${at(path)})`;
      return `mount -t tmpfs -o "${options}" tmpfs ${at(path)}`;
    }),
    ...binds.flatMap(({ from, to, readOnly }) => [
      `mount --bind ${quoted(from)} ${at(to)}`,
      ...(readOnly ? [`mount -o remount,bind,ro ${at(to)}`] : []),
    ]),
    `cd ${quoted(root)}`,
    `exec chroot . setpriv --reuid=${uid} --regid=${gid} ${groups} ${privileges} -- sh -c ${quoted(`cd ${quoted(run.cwd)} && exec "$@"`)} sh "$@"`,
  ].join('\n');
}

async function userIn(root: string, name: string): Promise<{ uid: number; gid: number }> {
  const lines = (await readFile(join(root, '/etc/passwd'), 'utf8')).split('\n').map((line) => line.split(':'));
  const [, , uid, gid] = lines.find(([user]) => user === name) ?? [];
  if (uid === undefined) throw new Error(`There is no user ${name} in the image.`);
  return { uid: Number(uid), gid: Number(gid) };
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
