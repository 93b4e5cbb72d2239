import { EngineError } from '../../engine/engine-error.js';
import type { Comparison } from '../../engine/restore/compare-snapshot.js';
import { toFinding } from '../../errors/finding.js';
import { TimedOut } from '../capture-interruption.js';
import type { VerificationEnd } from './verification-lifecycle.js';

/** What a comparison, or its failure, says of the snapshot. Pure. */
export function verificationEnd(result: Comparison | { failure: unknown }): VerificationEnd {
  if ('failure' in result) return { outcome: outcomeOf(result.failure), finding: findingOf(result.failure) };
  const { tables, rows, files, bytes, leftOver } = result;
  return {
    outcome: 'equal',
    finding: leftOver.length === 0 ? null : { code: 'left-over', message: leftOver.join(' ') },
    compared: { tableCount: tables, rowCount: rows, fileCount: files, filestoreBytes: bytes },
  };
}

function outcomeOf(failure: unknown): VerificationEnd['outcome'] {
  if (!(failure instanceof EngineError)) return 'inconclusive';
  if (failure.code === 'verification-failed') return 'different';
  return failure.code === 'snapshot-damaged' ? 'damaged' : 'inconclusive';
}

function findingOf(failure: unknown): VerificationEnd['finding'] {
  if (!(failure instanceof TimedOut)) return toFinding(failure);
  const message = `It took longer than the timeoutSeconds of the settings (${failure.timeoutSeconds}) and was stopped; raise them.`;
  return { code: 'timed-out', message };
}
