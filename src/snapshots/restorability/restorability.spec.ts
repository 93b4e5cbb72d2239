import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  cannotBeRestored,
  learn,
  nothingKnown,
  sentencesOf,
  stateOf,
  type RestorabilityEvent,
} from './restorability.js';

const finding = (message: string, blocking = false, code = 'restore-failed') => ({ code, message, blocking });
const captured = (...findings: ReturnType<typeof finding>[]): RestorabilityEvent => ({ event: 'captured', findings });
const proven: RestorabilityEvent = { event: 'proven', at: new Date(1000) };
const disproved: RestorabilityEvent = { event: 'disproved', findings: [finding('It differs.')] };
const damaged: RestorabilityEvent = {
  event: 'disproved',
  findings: [finding('A chunk is gone.', false, 'snapshot-damaged')],
};
const undecided: RestorabilityEvent = { event: 'undecided', findings: [finding('Nobody answers.')] };
const differs: RestorabilityEvent = { event: 'differs', findings: [finding('Its definitions differ.')] };
const vaultDamaged: RestorabilityEvent = {
  event: 'vault-damaged',
  findings: [finding('A pack is gone.', true, 'snapshot-damaged')],
};
const vaultWhole: RestorabilityEvent = { event: 'vault-whole' };

const after = (...events: RestorabilityEvent[]) => events.reduce(learn, nothingKnown);

describe('the restorability of a snapshot', () => {
  it.each([
    ['expected', 'nothing but its capture', [captured()]],
    ['doubtful', 'a finding of its capture', [captured(finding('An event trigger.'))]],
    ['doubtful', 'a verification that could not tell', [captured(), undecided]],
    ['proven', 'a comparison that was equal', [captured(), proven]],
    ['proven', 'a comparison that was equal, whatever the capture feared', [captured(finding('A.', true)), proven]],
    ['proven', 'one that could not tell after one that was equal', [captured(), proven, undecided]],
    ['refuted', 'a comparison that was not', [captured(), disproved]],
    ['refuted', 'the same, although it was proven before', [captured(), proven, disproved]],
    ['refuted', 'one that could not tell after one that refuted it', [captured(), disproved, undecided]],
    ['refuted', 'damage in the vault', [captured(), proven, vaultDamaged]],
    ['proven', 'damage that was mended', [captured(), proven, vaultDamaged, vaultWhole]],
    ['proven', 'damage that was mended and proven so', [captured(), vaultDamaged, proven]],
    ['expected', 'damage that was mended, of one never proven', [captured(), vaultDamaged, vaultWhole]],
    ['expected', 'damage that a verification found and that was mended', [captured(), damaged, vaultWhole]],
    ['doubtful', 'damage that was mended, of one that was doubtful', [captured(finding('A.')), damaged, vaultWhole]],
    ['refuted', 'a difference, which a whole vault does not take back', [captured(), disproved, vaultWhole]],
    ['refuted', 'a difference and damage that was mended', [captured(), disproved, vaultDamaged, vaultWhole]],
    ['doubtful', 'rows and files that are equal beside other definitions', [captured(), differs]],
    ['doubtful', 'the same, although it was proven before', [captured(), proven, differs]],
    ['doubtful', 'the same after it was refuted', [captured(), disproved, differs]],
    ['proven', 'a comparison that was equal after one that was not', [captured(), disproved, proven]],
    ['doubtful', 'a whole vault after a verification that could not tell', [captured(), undecided, vaultWhole]],
  ])('is %s after %s', (state, _, events) => {
    expect(stateOf(after(...events))).toBe(state);
  });

  it('is known not to be there while a finding blocks, and once it is refuted', () => {
    expect(cannotBeRestored(after(captured(finding('A.'))))).toBe(false);
    expect(cannotBeRestored(after(captured(finding('A.', true))))).toBe(true);
    expect(cannotBeRestored(after(captured(), disproved))).toBe(true);
    expect(cannotBeRestored(after(captured(finding('A.', true)), proven))).toBe(false);
  });

  it('keeps what the capture found beside what a verification did, and of several verifications the last', () => {
    const { findings } = after(captured(finding('A.')), undecided, undecided);
    expect(findings.map(({ foundBy, message }) => [foundBy, message])).toEqual([
      ['capture', 'A.'],
      ['verification', 'Nobody answers.'],
    ]);
  });

  it('says when it was proven until a comparison says otherwise', () => {
    expect(after(proven).provenAt).toEqual(new Date(1000));
    expect(after(proven, vaultDamaged).provenAt).toEqual(new Date(1000));
    expect(after(proven, disproved).provenAt).toBeNull();
  });

  it('tells first what refutes it, then what blocks, and some of many', () => {
    const many = Array.from({ length: 5 }, (_, n) => finding(`Finding ${n}`));
    expect(sentencesOf(after(captured(...many)))).toBe('Finding 0. Finding 1. Finding 2. And 2 more.');
    expect(sentencesOf(after(captured(...many, finding('Blocks.', true))))).toBe('Blocks.');
    expect(sentencesOf(after(captured(finding('Blocks.', true)), disproved))).toBe('It differs.');
  });

  it('keeps a bounded number of findings', () => {
    const many = Array.from({ length: 5000 }, (_, n) => finding(`Finding ${n}`));
    expect(after(captured(...many)).findings).toHaveLength(100);
  });
});

describe('the restorability of a snapshot, whatever happens to it', () => {
  const events = fc.array(
    fc.constantFrom(captured(finding('A.')), proven, disproved, damaged, undecided, vaultDamaged, vaultWhole),
    {
      maxLength: 12,
    },
  );

  it('is proven right after a proof, and refuted right after a refutation', () => {
    fc.assert(
      fc.property(events, (before) => {
        expect(stateOf(after(...before, proven))).toBe('proven');
        for (const refuting of [disproved, damaged, vaultDamaged]) {
          expect(stateOf(after(...before, refuting))).toBe('refuted');
        }
      }),
    );
  });

  it('is as it was after a verification that saw nothing of it', () => {
    fc.assert(
      fc.property(events, (before) => {
        expect(after(...before, { event: 'unseen' })).toEqual(after(...before));
      }),
    );
  });

  it('is not changed for the better or the worse by what could not tell, once something is known', () => {
    fc.assert(
      fc.property(events, (before) => {
        const state = stateOf(after(...before));
        const then = stateOf(after(...before, undecided));
        expect(then).toBe(state === 'proven' || state === 'refuted' ? state : 'doubtful');
      }),
    );
  });
});
