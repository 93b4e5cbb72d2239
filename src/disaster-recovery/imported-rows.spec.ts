import { describe, expect, it } from 'vitest';
import { ImportedPlaces, type ImportedManifest, snapshotRow } from './imported-rows.js';

const project = '11111111-0000-4000-8000-000000000000';
const now = new Date(0);

function manifest(
  id: string,
  createdAt: string,
  environment?: { id: string; name: string; type?: string },
): ImportedManifest {
  const origin = environment && {
    organization: 'acme',
    project: { id: project, name: 'shop' },
    environment: { type: 'staging', pool: 'default', labels: {}, database: true, filestore: true, ...environment },
    ...{ trigger: 'scheduled', requestedBy: 'alice', requestedAt: '2026-01-01T00:00:00.000Z' },
  };
  return {
    header: { kind: 'header', format: 1, snapshotId: id, createdAt, tools: {}, ...(origin && { origin }) },
    footer: { kind: 'footer', entries: 0, sha256: '' },
    ...{ project, sums: { warnings: [] }, lockedUntil: null, manifestBytes: 10, publishedAt: now },
  };
}

describe('what is brought back', () => {
  it('has the names that the newest snapshot says, and each only once', () => {
    const places = new ImportedPlaces('default');
    places.add(manifest('a', '2026-01-02T00:00:00Z', { id: 'e1', name: 'live' }));
    places.add(manifest('b', '2026-01-03T00:00:00Z', { id: 'e1', name: 'live 2' }));
    places.add(manifest('c', '2026-01-01T00:00:00Z', { id: 'e2', name: 'live 2' }));
    const { projects, environments } = places.rows(now);
    expect(projects).toEqual([{ id: project, organization: 'acme', name: 'shop', description: null }]);
    expect(environments.map(({ id, name }) => [id, name])).toEqual([
      ['e1', 'live 2'],
      ['e2', 'live 2 (e2)'],
    ]);
    expect(environments.every((row) => row['retention_held'] === true)).toBe(true);
  });

  it('keeps what older manifests do not say together, as production: the type that is protected most', () => {
    const places = new ImportedPlaces('default');
    const [one, other] = [manifest('a', '2026-01-01T00:00:00Z'), manifest('b', '2026-01-02T00:00:00Z')];
    expect(places.add(one)).toBe(places.add(other));
    const { projects, environments } = places.rows(now);
    expect(projects).toEqual([expect.objectContaining({ organization: 'default', name: `recovered ${project}` })]);
    expect(environments).toEqual([expect.objectContaining({ name: 'recovered', type: 'production' })]);
    expect(snapshotRow(one, 'e')).toMatchObject({
      ...{ id: 'a', trigger: 'manual', requested_by: 'unknown', can_be_base: false, stored_bytes: null },
      ...{ restorability: 'expected', status: 'completed', created_at: '2026-01-01T00:00:00Z' },
    });
  });

  it('takes a type or trigger that this version does not know for the most careful one', () => {
    const places = new ImportedPlaces('default');
    const future = manifest('a', '2026-01-01T00:00:00Z', { id: 'e', name: 'n', type: 'canary' });
    future.header.origin!.trigger = 'moon';
    places.add(future);
    expect(places.rows(now).environments).toEqual([expect.objectContaining({ type: 'production' })]);
    expect(snapshotRow(future, 'e')['trigger']).toBe('manual');
  });

  it('knows what its capture found to speak against it', () => {
    const blocked = manifest('a', '2026-01-01T00:00:00Z');
    const findings = [{ code: 'left-out', message: 'A table.', blocking: true }];
    const figures = { readBytes: 1, carriedOverBytes: 2, contentBytes: 100, canBeBase: true };
    blocked.footer.outcome = { ...figures, findings };
    expect(snapshotRow(blocked, 'e')).toMatchObject({
      ...{ restorability: 'doubtful', stored_bytes: 110, can_be_base: true },
      restorability_findings: [expect.objectContaining({ code: 'left-out', blocking: true, foundBy: 'capture' })],
    });
  });
});
