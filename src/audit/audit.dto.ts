import type { AuditEntry as AuditEntryDto } from '../contract/generated/types.gen.js';
import type { NamedEntry } from './audit-reader.js';

/** What a caller may see of an entry. What comes before its hash is the entry before it. */
export function toAuditEntryDto(entry: NamedEntry): AuditEntryDto {
  const { version: _, organization: _own, previousHash: _previous, ...shown } = entry;
  return shown;
}
