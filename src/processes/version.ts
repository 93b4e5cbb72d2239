import { readFileSync } from 'node:fs';

/** Of this program, as package.json has it. A build has it beside itself: whatever lies around it may be another version's. */
export const VERSION: string = readVersion();

function readVersion(): string {
  for (const file of ['../../build.json', '../../package.json']) {
    try {
      const { version } = JSON.parse(readFileSync(new URL(file, import.meta.url), 'utf8')) as { version: string };
      return version;
    } catch {
      // Not built, then.
    }
  }
  return 'unknown';
}
