import type { RecordedProperties } from '../postgres/properties/recorded-properties.js';
import type { DatabaseCaptured } from './database/database-run.js';

/** What a manifest keeps of a capture's result beside its figures, for the row of whoever finds nothing but the vault. */
export interface OutcomeRecord {
  format: 1;
  reasons: DatabaseCaptured['reasons'];
  properties: RecordedProperties;
}

/** Reasons that are kept; they are few, but tables may be many and so may what is wrong with them. */
const MOST_REASONS = 100;

export function writeOutcomeRecord({ reasons, properties }: Omit<OutcomeRecord, 'format'>): string {
  return JSON.stringify({ format: 1, reasons: reasons.slice(0, MOST_REASONS), properties } satisfies OutcomeRecord);
}

/** What `writeOutcomeRecord` wrote; undefined for what another version wrote in another way. */
export function readOutcomeRecord(record: string | undefined): OutcomeRecord | undefined {
  if (record === undefined) return undefined;
  const value = JSON.parse(record) as OutcomeRecord | null;
  return value?.format === 1 ? value : undefined;
}
