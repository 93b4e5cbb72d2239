import type { RestoreFinding } from './restore-finding.js';
import type { UncarriableSetting } from '../properties/uncarriable-settings.js';
import { finding, listed } from './finding-words.js';

/** Settings of the database itself that cannot be made for another one. Pure. */
export function settingsLeftOut(settings: readonly UncarriableSetting[]): RestoreFinding[] {
  if (settings.length === 0) return [];
  const names = settings.map(({ name, role }) => (role === null ? name : `${name} (of ${role})`));
  const message = `These settings of the database do not come back, because the role may not make them, the role they are for is gone, or the server does not know them: ${listed({ names, count: names.length })}.`;
  return [finding('settings-left-out', false, message)];
}
