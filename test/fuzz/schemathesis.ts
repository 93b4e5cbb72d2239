import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pythonWith } from '../../scripts/toolchains/python.js';

const REQUIREMENTS = join(import.meta.dirname, 'requirements.txt');

/** A Python with the Schemathesis of `requirements.txt`. Throws what pip says. */
export async function pythonWithSchemathesis(): Promise<string> {
  return pythonWith('schemathesis', ['-r', REQUIREMENTS], await readFile(REQUIREMENTS, 'utf8'));
}
