import type { Finding } from '../../contract/generated/types.gen.js';
import { type Knowledge, sentencesOf, stateOf } from '../../snapshots/restorability/restorability.js';

/** A snapshot that is known not to be restorable is not begun with. */
export function restorabilityRefusals(known: Knowledge): Finding[] {
  if (stateOf(known) !== 'refuted') return [];
  return [
    {
      code: 'snapshot-refuted',
      message: `The snapshot cannot be restored: ${sentencesOf(known)} Use another one; when the cause is mended, verify this one again.`,
    },
  ];
}

/** What is not known for certain, in the words of what was found. */
export function restorabilityWarnings(known: Knowledge): Finding[] {
  const state = stateOf(known);
  if (state === 'doubtful') return [doubt(known)];
  if (state !== 'expected') return [];
  return [
    {
      code: 'not-verified',
      message: 'The snapshot was never restored and compared; verify it to know beforehand that it can be.',
    },
  ];
}

function doubt(known: Knowledge): Finding {
  const tried = known.findings.filter(({ foundBy }) => foundBy === 'verification');
  const found = known.findings.filter(({ foundBy }) => foundBy !== 'verification');
  const parts = [
    ...(found.length > 0 ? [`Its capture has found: ${sentencesOf({ findings: found })}`] : []),
    ...(tried.length > 0 ? [`Its last verification could not tell: ${sentencesOf({ findings: tried })}`] : []),
  ];
  return {
    code: 'snapshot-doubtful',
    message: `It is doubtful whether the snapshot can be restored. ${parts.join(' ')} Verify it to know beforehand.`,
  };
}
