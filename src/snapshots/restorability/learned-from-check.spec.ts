import { describe, expect, it } from 'vitest';
import type { ProjectSummary } from '../../vault/check/finding.js';
import { learnedFromCheck } from './learned-from-check.js';

const summary: ProjectSummary = {
  project: 'p',
  snapshots: [
    { snapshotId: 'whole', state: 'whole', reasons: [] },
    { snapshotId: 'damaged', state: 'damaged', reasons: ['A pack is gone.', 'Another one, too.'] },
  ],
  packs: 2,
  packsRead: 2,
  contentsUnread: 0,
  findings: { damage: 2, garbage: 0, note: 0 },
};

const damaged = {
  snapshotId: 'damaged',
  event: {
    event: 'vault-damaged',
    findings: [{ code: 'snapshot-damaged', message: 'A pack is gone. Another one, too.', blocking: true }],
  },
};

describe('what a check of the vault says of snapshots', () => {
  it('is of each of them when every byte was read', () => {
    expect(learnedFromCheck(summary)).toEqual([{ snapshotId: 'whole', event: { event: 'vault-whole' } }, damaged]);
  });

  it('is of damaged ones alone when not all was read', () => {
    expect(learnedFromCheck({ ...summary, packsRead: 1 })).toEqual([damaged]);
    expect(learnedFromCheck({ ...summary, contentsUnread: 1 })).toEqual([damaged]);
  });

  it('is nothing when the check could not tell', () => {
    expect(learnedFromCheck({ ...summary, inconclusive: true })).toEqual([]);
  });
});
