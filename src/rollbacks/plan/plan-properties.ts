import type { DatabaseChange, Finding } from '../../contract/generated/types.gen.js';
import { settingsLeftOut } from '../../engine/postgres/capabilities/judge-settings.js';
import type { DatabaseProperties } from '../../engine/postgres/properties/database-properties.js';
import {
  changesBack,
  differingPrivileges,
  type RecordedProperties,
} from '../../engine/postgres/properties/recorded-properties.js';
import type { UncarriableSetting } from '../../engine/postgres/properties/uncarriable-settings.js';
import { nameSome } from '../../engine/name-some.js';

/** What a plan knows of the properties of the database itself. */
export interface PropertiesFacts {
  live: DatabaseProperties;
  /** Null in snapshots from before it was kept. */
  captured: RecordedProperties | null;
  /** What the environment's settings want; another environment keeps its own in any case. */
  wanted: 'captured' | 'live';
  /** The snapshot is another environment's. */
  isForeign: boolean;
  /** Of the captured settings: what cannot be put on the database. */
  uncarriable: UncarriableSetting[];
}

/** Whose settings, comment and connection limit the database has after a rollback. Pure. */
export function propertiesFrom({
  captured,
  wanted,
  isForeign,
}: Pick<PropertiesFacts, 'captured' | 'wanted' | 'isForeign'>): 'captured' | 'live' {
  return captured === null || isForeign ? 'live' : wanted;
}

/** Where the live settings are kept, these would be lost. Pure. */
export function propertiesRefusals(properties: PropertiesFacts | null, uncarriableSettings: string[]): Finding[] {
  if (uncarriableSettings.length === 0 || (properties && propertiesFrom(properties) === 'captured')) return [];
  const message = `The role may not put these settings of the database on a new one: ${uncarriableSettings.join(', ')}.`;
  return [{ code: 'settings-privilege-missing', message }];
}

/** Pure. */
export function propertiesWarnings(properties: PropertiesFacts): Finding[] {
  const { live, captured, wanted, isForeign, uncarriable } = properties;
  const from = propertiesFrom(properties);
  const warnings: Finding[] = [];
  if (captured === null && wanted === 'captured' && !isForeign) {
    warnings.push({
      code: 'database-properties-stay',
      message:
        'The snapshot was taken before the comment and the connection limit of databases were kept; they and the settings of the database stay as they are now.',
    });
  }
  if (from === 'captured') {
    warnings.push(...settingsLeftOut(uncarriable).map(({ code, message }) => ({ code, message })));
  }
  if (captured === null || isForeign) return warnings;
  if (captured.settingCount > captured.settings.length) {
    warnings.push({
      code: 'settings-not-listed',
      message: `The database had ${captured.settingCount} settings of its own; which of them change is not listed.`,
    });
  }
  if (captured.owner !== live.owner) {
    warnings.push({
      code: 'database-owner-stays',
      message: `The database belonged to ${captured.owner} when the snapshot was taken; it stays with ${live.owner}.`,
    });
  }
  const { gone, added } = differingPrivileges(captured, live);
  if (gone.length > 0 || added.length > 0) {
    const parts = [
      ...(added.length > 0 ? [`granted since the snapshot, and kept: ${nameSome(added)}`] : []),
      ...(gone.length > 0 ? [`revoked since, and not given back: ${nameSome(gone)}`] : []),
    ];
    warnings.push({
      code: 'database-privileges-stay',
      message: `Privileges on the database itself stay as they are now; ${parts.join('; ')}.`,
    });
  }
  return warnings;
}

/** What of the database itself will be as it was captured. Pure. */
export function databaseChanges(properties: PropertiesFacts): DatabaseChange[] {
  const { live, captured, uncarriable } = properties;
  return captured === null || propertiesFrom(properties) === 'live' ? [] : changesBack(captured, live, uncarriable);
}
