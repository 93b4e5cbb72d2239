import type { EnvironmentProtection } from '../../sdk/typescript/index.js';

type Named = Pick<EnvironmentProtection, 'projectName' | 'environmentName' | 'environmentType'>;

export function wordsOf(text: string): readonly string[] {
  return text
    .toLowerCase()
    .split(/[\s/]+/)
    .filter((word) => word !== '');
}

/** Whether each word is somewhere in the names of an environment and its project, or in its type. */
export function isFound({ projectName, environmentName, environmentType }: Named, words: readonly string[]): boolean {
  if (words.length === 0) return true;
  const names = `${projectName}/${environmentName} ${environmentType}`.toLowerCase();
  return words.every((word) => names.includes(word));
}
