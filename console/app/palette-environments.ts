import type { EnvironmentProtection } from '../../sdk/typescript/index.js';
import { hasAll, nameOf, wordsOf } from '../protection/search.js';

/** More than these nobody reads: another word finds the one. */
const SHOWN = 12;

/** Those that bear each of the words somewhere in their names or their project's, or begin with it as an id. */
export function environmentsFor(
  text: string,
  environments: readonly EnvironmentProtection[],
): readonly EnvironmentProtection[] {
  const words = wordsOf(text);
  const found: EnvironmentProtection[] = [];
  for (const one of environments) {
    if (!hasAll(words, nameOf(one)) && !(text.length > 1 && one.environmentId.startsWith(text.trim().toLowerCase())))
      continue;
    found.push(one);
    if (found.length === SHOWN) break;
  }
  return found;
}
