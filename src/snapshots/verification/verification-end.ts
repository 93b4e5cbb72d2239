import { EngineError } from '../../engine/engine-error.js';
import { faultOfFailure } from '../../engine/postgres/connection/refusal.js';
import type { SnapshotComparison } from '../../engine/restore/compare/compare-snapshot.js';
import { toFinding } from '../../errors/finding.js';
import { CatalogueError } from '../../vault/catalogue/catalogue-error.js';
import { KeyError } from '../../vault/keys/key-error.js';
import { TimedOut } from '../capture/capture-interruption.js';
import type { RestorabilityEvent } from '../restorability/restorability.js';
import type { VerificationEnd } from './verification-lifecycle.js';

/** What a comparison, or its failure, says of the snapshot. Pure. */
export function verificationEnd(result: SnapshotComparison | { failure: unknown }): VerificationEnd {
  if ('failure' in result) {
    const { failure } = result;
    return {
      outcome: outcomeOf(failure),
      finding: findingOf(failure),
      blocking: isMissingPrivilege(failure),
      // Rows that are being made anew say nothing, not even that something is doubtful.
      ...(failure instanceof CatalogueError && { unseen: true }),
    };
  }
  const { tables, rows, files, bytes, warnings, leftOver } = result;
  const [disproof] = warnings.filter(({ weight }) => weight === 'disproves');
  if (disproof) {
    const { code, message } = disproof;
    return { outcome: 'different', finding: { code, message }, blocking: false };
  }
  const differing = warnings.filter(({ weight }) => weight === 'differs');
  if (differing.length > 0) {
    // It can be restored, and is not proven: somebody has to look at what would be another thing then.
    const message = `Rows and files are equal. ${differing.map((warning) => warning.message).join(' ')}`;
    return { outcome: 'inconclusive', finding: { code: differing[0]!.code, message }, restored: true };
  }
  return {
    outcome: 'equal',
    finding: leftOver.length === 0 ? null : { code: 'left-over', message: leftOver.join(' ') },
    compared: { tableCount: tables, rowCount: rows, fileCount: files, filestoreBytes: bytes },
  };
}

/** What the failure of a restore, whoever tried it, takes from a snapshot; null when it says nothing of it. Pure. */
export function disproofBy(failure: unknown): RestorabilityEvent | null {
  if (outcomeOf(failure) === 'inconclusive') return null;
  return { event: 'disproved', findings: [{ ...toFinding(failure), blocking: false }] };
}

/**
 * Only what speaks of the snapshot itself counts against it. A server or a vault that does not answer, a catalogue being
 * rebuilt, a full disk, another master key, a bug: the same snapshot may be restored tomorrow.
 */
function outcomeOf(failure: unknown): VerificationEnd['outcome'] {
  // Without its key a project's snapshots are as lost as without their packs.
  if (failure instanceof KeyError) return failure.code.startsWith('key-file-') ? 'damaged' : 'inconclusive';
  if (!(failure instanceof EngineError)) return 'inconclusive';
  if (failure.code === 'verification-failed') return 'different';
  if (failure.code === 'snapshot-damaged') return 'damaged';
  return faultOfFailure(failure) === 'content' ? 'failed' : 'inconclusive';
}

/** What the role may not do today it may not do in a rollback either. */
function isMissingPrivilege(failure: unknown): boolean {
  return failure instanceof EngineError && faultOfFailure(failure) === 'privilege';
}

function findingOf(failure: unknown): VerificationEnd['finding'] {
  if (!(failure instanceof TimedOut)) return toFinding(failure);
  const message = `It took longer than the timeoutSeconds of the settings (${failure.timeoutSeconds}) and was stopped; raise them.`;
  return { code: 'timed-out', message };
}
