import type { DatabasePropertiesEntry as CapturedProperties } from '../../../vault/manifests/manifest-database.js';
import { splitSetting, type DatabaseSetting, type StateProperties } from './database-properties.js';

/** The settings of a database as a manifest has them. */
export function capturedSettings({ settings }: Pick<CapturedProperties, 'settings'>): DatabaseSetting[] {
  return settings.map(({ role, setting }) => ({ role: role === '' ? null : role, ...splitSetting(setting) }));
}

/** What of a captured database can be given back to one; undefined when the manifest is too old to say all of it. */
export function capturedState(captured: CapturedProperties): StateProperties | undefined {
  const { comment, connectionLimit } = captured;
  if (comment === undefined || connectionLimit === undefined) return undefined;
  return { settings: capturedSettings(captured), comment, connectionLimit };
}
