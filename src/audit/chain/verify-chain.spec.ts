import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BEGINNING, chained, hashOf } from './audit-entry.js';
import type { AuditEntry, ChainEnd } from './audit-entry.js';
import { verifyChain } from './verify-chain.js';
import type { ChainHead } from './verify-chain.js';

function chainOf(length: number): AuditEntry[] {
  const entries: AuditEntry[] = [];
  for (let n = 1; n <= length; n += 1) {
    const record = {
      ...{ actor: 'ci', actorKind: 'caller' as const, operation: 'settingsUpdate', outcome: 'done' as const },
      ...{ projectId: null, environmentId: null, subjectKind: 'settings', subjectId: `s${n}`, address: null },
      ...{ userAgent: null, requestId: `r${n}`, before: null, after: { n } },
    };
    entries.push(chained(record, 'acme', `2026-11-23T09:00:0${n % 10}.000Z`, entries.at(-1) ?? BEGINNING));
  }
  return entries;
}

const endOf = (entries: AuditEntry[]): ChainEnd => entries.at(-1) ?? BEGINNING;
const headOf = (entries: AuditEntry[], anchor: ChainEnd = BEGINNING): ChainHead => ({
  sequence: endOf(entries).sequence,
  hash: endOf(entries).hash,
  anchor,
});
async function* each(entries: AuditEntry[]): AsyncGenerator<AuditEntry> {
  yield* entries;
}
const verified = (entries: AuditEntry[], head: ChainHead | undefined, expected?: ChainEnd) =>
  verifyChain(head, each(entries), expected);

describe('a whole chain', () => {
  it('is proven, with what is kept of it and its head', async () => {
    const entries = chainOf(12);
    const head = headOf(entries);
    expect(await verified(entries, head)).toEqual({
      ok: true,
      entries: 12,
      from: { sequence: 1, at: entries[0]!.at },
      to: { sequence: 12, at: entries[11]!.at },
      head: { sequence: 12, hash: head.hash },
    });
    const kept = await verified(entries.slice(5), headOf(entries, entries[4]));
    expect(kept).toMatchObject({ ok: true, entries: 7, from: { sequence: 6 } });
    expect(await verified([], headOf(entries, entries[11]))).toMatchObject({ ok: true, entries: 0, from: null });
    expect(await verified([], headOf([]))).toMatchObject({ ok: true, entries: 0 });
  });

  it('has the hash that somebody wrote down', async () => {
    const entries = chainOf(12);
    for (const expected of entries)
      expect(await verified(entries, headOf(entries), expected)).toMatchObject({ ok: true });
    expect(await verified(entries.slice(5), headOf(entries, entries[4]), entries[4])).toMatchObject({ ok: true });
  });
});

describe('the first place that is wrong is found', () => {
  const entries = chainOf(12);
  const head = headOf(entries);
  const wrongAt = async (changed: AuditEntry[], of: ChainHead | undefined = head, expected?: ChainEnd) => {
    const result = await verified(changed, of, expected);
    return result.ok ? 'nothing' : `${result.sequence}: ${result.why}`;
  };
  const changedAt = (sequence: number, changes: Partial<AuditEntry>) =>
    entries.map((entry) => (entry.sequence === sequence ? { ...entry, ...changes } : entry));

  it('when one was changed, and its hash was not', async () => {
    expect(await wrongAt(changedAt(4, { actor: 'somebody else' }))).toBe('4: It was changed: its hash is another one.');
    expect(await wrongAt(changedAt(4, { after: { n: 5 } }))).toContain('4: It was changed');
  });

  it('when one was changed with its hash', async () => {
    const changed = { ...entries[3]!, actor: 'somebody else' };
    const result = await wrongAt(changedAt(4, { ...changed, hash: hashOf(changed) }));
    expect(result).toBe('5: It does not follow entry 4: one of both was changed.');
  });

  it('when some were removed', async () => {
    expect(await wrongAt(entries.toSpliced(3, 1))).toBe('4: Entry 4 is missing: it was removed.');
    expect(await wrongAt(entries.toSpliced(3, 3))).toBe('4: Entries 4 to 6 are missing: they were removed.');
    expect(await wrongAt(entries.slice(2))).toContain('1: Entries 1 to 2 are missing');
  });

  it('when one is there twice', async () => {
    expect(await wrongAt(entries.toSpliced(4, 0, entries[3]!))).toBe('4: It is there twice.');
  });

  it('when the end is cut off, and also when the head was set back', async () => {
    expect(await wrongAt(entries.slice(0, 9))).toBe('10: The end is cut off: the head says that entry 12 is the last.');
    const back = headOf(entries.slice(0, 9));
    expect(await wrongAt(entries, back)).toBe('10: The head is wrong: it says that entry 9 is the last.');
    expect(await wrongAt(entries.slice(0, 9), back)).toBe('nothing');
    expect(await wrongAt(entries.slice(0, 9), back, entries[11])).toContain(
      '12: The end is cut off, and the head set back',
    );
  });

  it('when the head is another one, or missing', async () => {
    expect(await wrongAt(entries, { ...head, hash: 'f'.repeat(64) })).toBe(
      '12: The head is wrong: it has another hash.',
    );
    const result = await verified(entries, undefined);
    expect(result).toMatchObject({ ok: false, sequence: 12 });
  });

  it('when all of it was written anew', async () => {
    const others = chainOf(12).map((entry) => ({ ...entry, actor: 'nobody' }));
    const anew: AuditEntry[] = [];
    for (const entry of others) anew.push(chained(entry, 'acme', entry.at, anew.at(-1) ?? BEGINNING));
    expect(await wrongAt(anew, headOf(anew))).toBe('nothing');
    expect(await wrongAt(anew, headOf(anew), entries[7])).toMatch(/^8: It has the hash .* written anew\.$/);
  });

  it('when the anchor was moved over what somebody wrote down, or what had its time is there', async () => {
    expect(await wrongAt(entries.slice(5), headOf(entries, entries[4]), entries[2])).toContain(
      '3: It has had its time',
    );
    expect(await wrongAt(entries.slice(4), headOf(entries, entries[4]))).toContain('5: It is still there');
  });

  it('whatever single row is touched, and however', async () => {
    const touch = fc.constantFrom('drop', 'double', 'swap', 'actor', 'at', 'hash', 'previousHash');
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 11 }), touch, async (index, how) => {
        const one = entries[index]!;
        const changed =
          how === 'drop'
            ? entries.toSpliced(index, 1)
            : how === 'double'
              ? entries.toSpliced(index, 0, one)
              : how === 'swap'
                ? entries.toSpliced(index - 1, 2, one, entries[index - 1]!)
                : changedAt(one.sequence, { [how]: `${String(one[how as 'actor'])}x` });
        const result = await verified(changed, head);
        expect(result.ok).toBe(false);
        const { sequence } = result as { sequence: number };
        expect(Math.abs(sequence - one.sequence)).toBeLessThanOrEqual(1);
      }),
    );
  });
});
