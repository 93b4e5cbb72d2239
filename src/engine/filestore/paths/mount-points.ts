import { readFile, stat } from 'node:fs/promises';
import { dirname } from 'node:path';

/** Whether a file system begins at this real path: it cannot be renamed then, nor what lies beside it exchanged with it. */
export async function isMountPoint(realPath: string): Promise<boolean> {
  if ((await readMountPoints()).includes(realPath)) return true;
  const [found, parent] = await Promise.all([realPath, dirname(realPath)].map(deviceOf));
  // The device differs where the mount is not listed, as for the subvolumes of btrfs.
  return found !== undefined && found !== parent;
}

async function deviceOf(path: string): Promise<bigint | undefined> {
  return stat(path, { bigint: true }).then(
    ({ dev }) => dev,
    () => undefined,
  );
}

/** Where file systems are mounted, as this process sees it. */
export async function readMountPoints(): Promise<string[]> {
  return parseMountPoints(await readFile('/proc/self/mountinfo', 'utf8'));
}

/** The mount points in the text of `/proc/self/mountinfo` (proc(5)): the fifth field of each line. */
export function parseMountPoints(mountinfo: string): string[] {
  return mountinfo
    .split('\n')
    .map((line) => line.split(' ')[4])
    .filter((field) => field !== undefined)
    .map(unescape);
}

/** Space, tab, newline and backslash are written as three octal digits. */
function unescape(field: string): string {
  return field.replaceAll(/\\([0-7]{3})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 8)));
}
