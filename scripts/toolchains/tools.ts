import { spawnSync } from 'node:child_process';

/** What generators, their clients and tests need of a machine. Node and npm are there: they run this. */
export type Tool = 'java' | 'maven' | 'go' | 'python' | 'dotnet';

const PYTHONS = ['python3', ...[14, 13, 12, 11, 10].map((minor) => `python3.${minor}`)];
const IS_NEW_ENOUGH = 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 10))';

const CALLED: Record<Tool, string> = {
  java: 'Java 11 or newer',
  maven: 'Maven',
  go: 'Go 1.24 or newer',
  python: 'Python 3.10 or newer with venv and pip',
  dotnet: '.NET',
};

const isThere: Record<Tool, () => boolean> = {
  java: () => answers('javac', ['-version']),
  maven: () => answers('mvn', ['--version']),
  go: () => answers('go', ['version']),
  python: () => PYTHONS.some(isPython),
  dotnet: () => answers('dotnet', ['--version']),
};

/** What is not on this machine, as people call it. */
export function missing(tools: readonly Tool[]): string[] {
  return tools.filter((tool) => !isThere[tool]()).map((tool) => CALLED[tool]);
}

/** The first Python on this machine that is new enough, and can make virtual environments. */
export function python(): string {
  const found = PYTHONS.find(isPython);
  if (found === undefined) throw new Error(`This needs ${CALLED.python}.`);
  return found;
}

function isPython(program: string): boolean {
  return answers(program, ['-c', IS_NEW_ENOUGH]);
}

function answers(program: string, args: readonly string[]): boolean {
  return spawnSync(program, args, { stdio: 'ignore' }).status === 0;
}
