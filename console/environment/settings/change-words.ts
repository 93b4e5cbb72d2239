import type { SnapshotSettings, SnapshotSettingsUpdate } from '../../../sdk/typescript/index.js';
import { shellWord, type Equivalent } from '../../ui/equivalents.js';
import { settingOf, valueWords } from './setting-words.js';
import type { Meanwhile } from './use-settings-form.js';

/** What somebody else saved, a sentence for each setting, and what of one's own would take its place. */
export function meanwhileWords(
  { before, names }: Meanwhile,
  after: SnapshotSettings,
  changes: SnapshotSettingsUpdate,
): string[] {
  return names.map((name) => {
    const label = settingOf(name)?.label ?? name;
    const own = name in changes ? `; yours, ${valueWords(name, changes[name] ?? null)}, would take its place` : '';
    return `${label}: was ${valueWords(name, before[name])}, is now ${valueWords(name, after[name])}${own}`;
  });
}

export function settingsEquivalent(
  environmentId: string,
  environmentName: string,
  changes: SnapshotSettingsUpdate,
): Equivalent {
  const words = Object.entries(changes).map(([name, value]) => shellWord(`${name}=${commandValue(value)}`));
  return {
    command: `snapback settings set --env ${shellWord(environmentName)} ${words.join(' ')}`,
    method: 'PATCH',
    path: `/environments/${environmentId}/snapshot-settings`,
    body: changes,
  };
}

function commandValue(value: unknown): string {
  return typeof value === 'object' && value !== null ? JSON.stringify(value) : String(value);
}
