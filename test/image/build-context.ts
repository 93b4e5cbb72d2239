import { readdirSync } from 'node:fs';
import { join, relative } from 'node:path';

/** The paths of all files below a directory that a build gets to see, by the rules of its .dockerignore: the last that fits decides. */
export function contextFiles(directory: string, dockerignore: string): string[] {
  const rules = rulesOf(dockerignore);
  const seen: string[] = [];
  const look = (folder: string) => {
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      const path = relative(directory, join(folder, entry.name));
      // What is excluded may have something in it that is not, and what is a link is never entered.
      if (entry.isDirectory() && !isHopeless(path)) look(join(folder, entry.name));
      else if (!entry.isDirectory() && isSeen(path, rules)) seen.push(path);
    }
  };
  look(directory);
  return seen.toSorted();
}

interface Rule {
  matches: RegExp;
  excludes: boolean;
}

/** Large, and excluded by name at any depth: to enter them would cost seconds. */
function isHopeless(path: string): boolean {
  return /(^|\/)(node_modules|\.git|\.builds)$/.test(path);
}

export function rulesOf(dockerignore: string): Rule[] {
  return dockerignore
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => ({ excludes: !line.startsWith('!'), matches: matcher(line.replace(/^!/, '')) }));
}

export function isSeen(path: string, rules: readonly Rule[]): boolean {
  const last = rules.findLast(({ matches }) => matches.test(path));
  return last === undefined || !last.excludes;
}

/** `*` is anything but a slash, `**` any number of folders; a rule is about what lies below, too. */
function matcher(pattern: string): RegExp {
  const source = pattern
    .replace(/^\/|\/$/g, '')
    .split('/')
    .map((part) =>
      part === '**' ? '**' : part.replaceAll(/[.+^${}()|[\]\\]/g, String.raw`\$&`).replaceAll('*', '[^/]*'),
    )
    .join('/')
    .replaceAll('**/', '(?:.*/)?')
    .replaceAll('**', '.*');
  return new RegExp(`^${source}(?:/.*)?$`);
}
