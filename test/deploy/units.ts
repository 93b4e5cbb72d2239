import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export const UNITS = join(import.meta.dirname, '..', '..', 'deploy', 'systemd');
export const SERVICES = ['snapback-api.service', 'snapback-worker@.service'];

/** The last value of each setting; of those that add up all of them, in order. */
export function settingsOf(file: string): Map<string, string[]> {
  const settings = new Map<string, string[]>();
  for (const line of readFileSync(join(UNITS, file), 'utf8').split('\n')) {
    const [, name, value] = /^(\w+)=(.*)$/.exec(line) ?? [];
    if (name !== undefined) settings.set(name, [...(settings.get(name) ?? []), value!]);
  }
  return settings;
}

/** The variables that a unit sets itself. */
export function variablesOf(file: string): Record<string, string> {
  const words = (settingsOf(file).get('Environment') ?? []).flatMap((line) => line.split(' '));
  return Object.fromEntries(words.map((word) => [word.slice(0, word.indexOf('=')), word.slice(word.indexOf('=') + 1)]));
}
