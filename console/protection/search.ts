import type { EnvironmentProtection } from '../../sdk/typescript/index.js';

export function wordsOf(text: string): readonly string[] {
  return text
    .toLowerCase()
    .split(/[\s/]+/)
    .filter((word) => word !== '');
}

/** Whether each word is somewhere in a text. */
export function hasAll(words: readonly string[], text: string): boolean {
  if (words.length === 0) return true;
  const lower = text.toLowerCase();
  return words.every((word) => lower.includes(word));
}

/** What one calls an environment by. */
export function nameOf({ projectName, environmentName }: EnvironmentProtection): string {
  return `${projectName}/${environmentName}`;
}
