import type { Restorability } from '../../contract/generated/types.gen.js';
import type { SnapshotEntity } from '../snapshot.entity.js';
import { stateOf, type Knowledge } from './restorability.js';

type Columns = Pick<SnapshotEntity, 'restorability' | 'restorabilityFindings' | 'provenAt'>;

export function knowledgeOf({ restorabilityFindings, provenAt }: Columns): Knowledge {
  return { findings: restorabilityFindings, provenAt };
}

/** As it is stored: the state beside what it is derived from, so that lists can be filtered by it. */
export function toColumns(known: Knowledge): Columns {
  return {
    restorability: stateOf(known),
    restorabilityFindings: [...known.findings],
    provenAt: known.provenAt,
  };
}

/** Null for a snapshot that was not completed. */
export function toRestorabilityDto(row: Columns & Pick<SnapshotEntity, 'status'>): Restorability | null {
  if (row.status !== 'completed' && row.restorability === null) return null;
  const known = knowledgeOf(row);
  return {
    state: stateOf(known),
    findings: known.findings.map(({ code, message, blocking }) => ({ code, message, blocking })),
    provenAt: known.provenAt?.toISOString() ?? null,
  };
}
