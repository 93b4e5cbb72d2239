import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { SnapshotOrigin, SnapshotOutcome } from './manifest.js';
import { checkEnds } from './check-lines.js';
import { parseFooter, parseHeader } from './manifest-parser.js';

const origin: SnapshotOrigin = {
  organization: 'default',
  project: { id: 'p', name: 'shop' },
  environment: {
    ...{ id: 'e', name: 'live', type: 'production', pool: 'default' },
    ...{ labels: { team: 'till' }, database: true, filestore: false },
  },
  trigger: 'manual',
  label: 'before 17.0',
  requestedBy: 'alice',
  requestedAt: '2026-01-01T00:00:00.000Z',
};
const outcome: SnapshotOutcome = {
  ...{ databaseBytes: 1, readBytes: 2, carriedOverBytes: 3, contentBytes: 4, canBeBase: true },
  findings: [{ code: 'left-out', message: 'A table was left out.', blocking: true }],
};
const header = {
  kind: 'header',
  format: 1,
  snapshotId: 's',
  createdAt: '2026-01-01T00:00:00.000Z',
  tools: {},
} as const;
const entry = { kind: 'warning', code: 'a', message: 'b' };

const line = (value: object) => Buffer.from(`${JSON.stringify(value)}\n`);
const summed = (lines: Buffer[]) => createHash('sha256').update(Buffer.concat(lines)).digest('hex');
async function* batches(lines: Buffer[]): AsyncGenerator<Buffer[]> {
  for (const each of lines) yield [each];
}

function manifest(headerLine: object = header, footerMore: object = {}): Buffer[] {
  const lines = [line(headerLine), line(entry), line(entry)];
  return [...lines, line({ kind: 'footer', entries: 2, sha256: summed(lines), ...footerMore })];
}

describe('the ends of a manifest', () => {
  it('say where the snapshot comes from and what came of it, and are read back as they were', () => {
    expect(parseHeader(JSON.parse(JSON.stringify({ ...header, origin })))).toEqual({ ...header, origin });
    const footer = { kind: 'footer', entries: 0, sha256: 'ab'.repeat(32), outcome } as const;
    expect(parseFooter(JSON.parse(JSON.stringify(footer)))).toEqual(footer);
  });

  it('of a manifest from before they said it are read as well', async () => {
    const ends = await checkEnds(batches(manifest()), 's');
    expect(ends.header).toEqual(header);
    expect(ends.footer.outcome).toBeUndefined();
  });

  it('are found without a look at the entries, count and hash compared', async () => {
    const ends = await checkEnds(batches(manifest({ ...header, origin }, { outcome })), 's');
    expect(ends).toMatchObject({ header: { origin }, footer: { entries: 2, outcome } });
  });

  const whole = manifest();
  it.each<[string, Buffer[], string]>([
    ['nothing', [], 'before its footer'],
    ['a header alone', whole.slice(0, 1), 'before its footer'],
    ['no footer', whole.slice(0, 3), 'before its footer'],
    ['a footer that is cut off', [...whole.slice(0, 3), whole[3]!.subarray(0, -1)], 'before its footer'],
    ['an entry missing', [whole[0]!, ...whole.slice(2)], 'other entries'],
    ['an entry that was altered', [whole[0]!, line({ ...entry, code: 'c' }), ...whole.slice(2)], 'hash'],
    ['something behind its footer', [...whole, line(entry)], 'before its footer'],
    ['the header of another snapshot', manifest({ ...header, snapshotId: 'other' }), 'belongs to snapshot other'],
  ])('are refused with %s', async (_, lines, message) => {
    await expect(checkEnds(batches(lines), 's')).rejects.toThrow(message);
  });

  it.each<[string, object]>([
    ['an organization that is no text', { ...origin, organization: 1 }],
    ['no project', { ...origin, project: undefined }],
    ['an environment that does not say whether it has a database', { ...origin, environment: { id: 'e' } }],
    ['a time that is none', { ...origin, requestedAt: 'yesterday' }],
  ])('are refused with %s', (_, wrong) => {
    expect(() => parseHeader({ ...header, origin: wrong })).toThrow(Error);
  });
});
