import { join } from 'node:path';

/** What of a build is no code of the service: beside it in a build, and in the newest build for what runs from source. */
export function builtDirectory(name: 'console' | 'guide'): string {
  return join(import.meta.dirname, import.meta.filename.endsWith('.ts') ? '../../dist' : '../..', name);
}
