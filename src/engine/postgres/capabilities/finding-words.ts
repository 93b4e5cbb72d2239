import type { RestoreFinding } from './restore-finding.js';
import { nameSome } from '../../name-some.js';
import type { Named } from './requirements.js';

/** So many are named in a sentence. */
const NAMED = 5;

export function finding(code: string, blocking: boolean, message: string): RestoreFinding {
  return { code, message, blocking };
}

/** A name in a sentence: what would break its line is escaped. */
export function visible(name: string): string {
  return name.replaceAll(/[\p{Cc}\u2028\u2029]/gu, (character) => JSON.stringify(character).slice(1, -1));
}

export function quotedName(name: string): string {
  return `"${visible(name)}"`;
}

/** The first names, and how many more there are. */
export function listed({ names, count }: Named): string {
  return nameSome(names.map(visible), { most: NAMED, count });
}
