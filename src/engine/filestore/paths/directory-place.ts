import { realpath, stat } from 'node:fs/promises';
import { dirname, normalize } from 'node:path';

/** A directory and all above it, by device and inode: the same whatever path leads there. The directory itself comes first. */
export type DirectoryPlace = readonly string[];

/** Rejects with the error of the system call, for what is not there too. */
export async function placeOfDirectory(path: string): Promise<DirectoryPlace> {
  const place: string[] = [];
  for (let at = await realpath(path); ; at = dirname(at)) {
    const { dev, ino } = await stat(at, { bigint: true });
    place.push(`${dev}:${ino}`);
    if (at === dirname(at)) return place;
  }
}

/** Whether they are the same directory, or one lies in the other. */
export function placesOverlap(one: DirectoryPlace, other: DirectoryPlace): boolean {
  const [top, otherTop] = [one[0], other[0]];
  return top !== undefined && otherTop !== undefined && (one.includes(otherTop) || other.includes(top));
}

/** The same by the text of two absolute paths alone, without looking: links may lead elsewhere. */
export function pathsOverlap(one: string, other: string): boolean {
  const [left, right] = [withSlash(normalize(one)), withSlash(normalize(other))];
  return left.startsWith(right) || right.startsWith(left);
}

function withSlash(path: string): string {
  return path.endsWith('/') ? path : `${path}/`;
}
