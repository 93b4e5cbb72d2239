import { join } from 'node:path';
import { missing } from '../../scripts/toolchains/tools.js';

/** How one is run that goes through the list of sdk/conformance. */
export interface Program {
  command: readonly string[];
  directory: string;
  environment?: Readonly<Record<string, string>>;
}

export interface SdkProgram extends Program {
  sdk: string;
  /** What is missing to run it, in a word; undefined when nothing is. */
  missing: string | undefined;
}

const ROOT = join(import.meta.dirname, '..', '..');

/** Also those that cannot run on this machine. That of Python needs more than a program: `python.long.test.ts` makes it an environment. */
export function sdkPrograms(): SdkProgram[] {
  return [typescript(), go()];
}

function typescript(): SdkProgram {
  const loader = join(ROOT, 'test', 'harness', 'typescript-imports.mjs');
  const options = ['--no-warnings', '--experimental-transform-types', '--import', loader];
  const main = join(ROOT, 'sdk', 'typescript', 'conformance', 'main.ts');
  return { sdk: 'TypeScript', command: [process.execPath, ...options, main], directory: ROOT, missing: undefined };
}

function go(): SdkProgram {
  const directory = join(ROOT, 'sdk', 'go');
  return { sdk: 'Go', command: ['go', 'run', './conformance'], directory, missing: missing(['go'])[0] };
}
