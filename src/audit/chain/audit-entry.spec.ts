import { createHash } from 'node:crypto';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BEGINNING, canonicalForm, chained, FORM, hashOf } from './audit-entry.js';
import type { AuditEntry, AuditedState, AuditRecord } from './audit-entry.js';

export const RECORD: AuditRecord = {
  actor: 'ci@acme',
  actorKind: 'caller',
  operation: 'settingsUpdate',
  outcome: 'done',
  projectId: '7c3d9d3e-1b9a-4b52-9a41-0a6f5d1f2a01',
  environmentId: null,
  subjectKind: 'settings',
  subjectId: '2b8d8f0e-3a43-4f0c-8a57-6f0d5f1f2a02',
  address: '192.0.2.17',
  userAgent: null,
  requestId: 'one',
  before: { retentionDays: 30 },
  after: { retentionDays: 60 },
};
const AT = '2026-11-23T09:01:00.220Z';

const states = fc.option(
  fc.dictionary(
    fc.string(),
    fc.jsonValue({ noUnicodeString: false }).map((value) => JSON.parse(JSON.stringify(value)) as never),
  ),
) as fc.Arbitrary<AuditedState>;
const entries = fc
  .record({
    actor: fc.string(),
    operation: fc.string(),
    subjectId: fc.option(fc.string()),
    requestId: fc.option(fc.string()),
    before: states,
    after: states,
  })
  .map((parts) => chained({ ...RECORD, ...parts }, 'acme', AT, BEGINNING));

describe('the canonical form of an entry', () => {
  it('is what the page for operators says', () => {
    const entry = chained({ ...RECORD, after: { b: 1, a: [true, { d: null, c: 'ä"' }] } }, 'acme', AT, BEGINNING);
    expect(canonicalForm(entry)).toBe(
      `[1,"acme",1,"${AT}","ci@acme","caller","settingsUpdate","done","7c3d9d3e-1b9a-4b52-9a41-0a6f5d1f2a01",null,` +
        `"settings","2b8d8f0e-3a43-4f0c-8a57-6f0d5f1f2a02","192.0.2.17",null,"one",{"retentionDays":30},` +
        `{"a":[true,{"c":"ä\\"","d":null}],"b":1},"${'0'.repeat(64)}"]`,
    );
    expect(entry.hash).toBe(createHash('sha256').update(canonicalForm(entry)).digest('hex'));
  });

  it('is the same in whatever order properties stand', () => {
    fc.assert(
      fc.property(entries, (entry) => {
        const turned = (value: unknown): unknown =>
          Array.isArray(value)
            ? value.map(turned)
            : typeof value === 'object' && value !== null
              ? Object.fromEntries(
                  Object.entries(value)
                    .toReversed()
                    .map(([name, inner]) => [name, turned(inner)]),
                )
              : value;
        expect(hashOf(turned(entry) as AuditEntry)).toBe(entry.hash);
      }),
    );
  });

  it('is another one for any two that differ, and can be read again', () => {
    fc.assert(
      fc.property(entries, entries, (one, other) => {
        expect(JSON.parse(canonicalForm(one))).toEqual(JSON.parse(canonicalForm(one)));
        const same =
          JSON.stringify(JSON.parse(canonicalForm(one))) === JSON.stringify(JSON.parse(canonicalForm(other)));
        expect(one.hash === other.hash).toBe(same);
      }),
    );
  });

  it.each(Object.keys({ ...RECORD, organization: '', sequence: 0, at: '', version: 0, previousHash: '' }))(
    'has %s in it',
    (name) => {
      const entry = chained(RECORD, 'acme', AT, BEGINNING);
      const value = entry[name as keyof AuditEntry];
      const another = typeof value === 'number' ? value + 1 : typeof value === 'string' ? `${value}x` : { x: 1 };
      expect(hashOf({ ...entry, [name]: another })).not.toBe(entry.hash);
    },
  );
});

describe('a chain', () => {
  it('counts from one, and each entry names the one before it', () => {
    const first = chained(RECORD, 'acme', AT, BEGINNING);
    const second = chained(RECORD, 'acme', AT, first);
    expect([first.sequence, second.sequence, first.version]).toEqual([1, 2, FORM]);
    expect([first.previousHash, second.previousHash]).toEqual([BEGINNING.hash, first.hash]);
    expect(first.hash).not.toBe(second.hash);
  });
});
