import { readFileSync } from 'node:fs';

/** Of this program, as package.json has it. */
export const VERSION: string = readVersion();

function readVersion(): string {
  // Beside the sources, and two levels above what is built of them.
  for (const path of ['../../package.json', '../../../package.json']) {
    try {
      const { version } = JSON.parse(readFileSync(new URL(path, import.meta.url), 'utf8')) as { version: string };
      return version;
    } catch {
      continue;
    }
  }
  return 'unknown';
}
