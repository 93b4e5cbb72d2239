import { spawnSync } from 'node:child_process';
import { chmod, mkdir, mkdtemp, realpath, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A filestore that is a mount point, with a file system of its own. */
export class MountedStore {
  private constructor(
    private readonly root: string,
    readonly path: string,
  ) {}

  /** Undefined where this user may not mount. Whoever has it calls `remove()`. */
  static async mount(): Promise<MountedStore | undefined> {
    return MountedStore.mountAs((path) => run('mount', '-t', 'tmpfs', '-o', 'size=64m,mode=755', 'tmpfs', path));
  }

  /** With the file system that volumes mostly have, and its `lost+found`. */
  static async mountExt4(): Promise<MountedStore | undefined> {
    return MountedStore.mountAs((path) => {
      const image = `${path}.img`;
      return (
        run('truncate', '-s', '16M', image) && run('mkfs.ext4', '-q', image) && run('mount', '-o', 'loop', image, path)
      );
    });
  }

  private static async mountAs(mount: (path: string) => boolean): Promise<MountedStore | undefined> {
    const root = await realpath(await mkdtemp(join(tmpdir(), 'snapback-test-mounted-')));
    // Not only this user's.
    await chmod(root, 0o755);
    const path = join(root, 'store');
    await mkdir(path);
    if (mount(path)) return new MountedStore(root, path);
    await rm(root, { recursive: true });
    return undefined;
  }

  /** What is in it, and itself. */
  giveTo(user: number): void {
    run('chown', '-hR', `${user}:${user}`, this.path);
  }

  async remove(): Promise<void> {
    spawnSync('umount', ['--lazy', this.path]);
    await rm(this.root, { recursive: true, force: true });
  }
}

function run(program: string, ...args: string[]): boolean {
  return spawnSync(program, args).status === 0;
}

/** A file below a directory, with all that is missing of its path. Names are bytes in latin1. */
export async function put(root: string, path: string, content: string): Promise<void> {
  const parts = path.split('/');
  if (parts.length > 1) await mkdir(join(root, ...parts.slice(0, -1)), { recursive: true });
  await writeFile(Buffer.from(`${root}/${path}`, 'latin1'), content);
}

/** One state, some of whose names the other one has too: of every kind, some with bytes that are no text. */
export async function fillWith(root: string, state: 'old' | 'new'): Promise<void> {
  const own = state === 'old' ? 'only-old' : 'only-new';
  await put(root, 'both.txt', state);
  await put(root, 'both/deep/below.bin', state.repeat(1000));
  await put(root, `${own}.txt`, state);
  await put(root, `${own}/below.txt`, state);
  await put(root, `\xff\xfe-${own}`, state);
  await put(root, '\xff\xfe-both', state);
  await symlink(`${state}-target`, join(root, 'link'));
  // A file in the one, a directory in the other.
  await put(root, state === 'old' ? 'kind' : 'kind/inside.txt', state);
  await chmod(join(root, 'both'), state === 'old' ? 0o750 : 0o701);
  await chmod(root, state === 'old' ? 0o755 : 0o711);
  const moment = new Date(state === 'old' ? '2024-01-02T03:04:05.678Z' : '2025-06-07T08:09:10.111Z');
  await utimes(root, moment, moment);
}
