import { rm } from 'node:fs/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { FindingCode } from '../../../src/vault/check/finding.js';
import { sampleOf } from '../../harness/thorough.js';
import { DamagedVault, flipped, NAMES, type Name } from './damage-fixture.js';
import { newId } from './fixture.js';

let vault: DamagedVault;

beforeAll(async () => {
  vault = await DamagedVault.create();
});
beforeEach(() => vault.reset());
afterAll(() => vault.fixture.remove());

interface Damage {
  what: string;
  /** A's, unless it says otherwise. */
  damage: () => Promise<void>;
  codes: FindingCode[];
  /** Snapshots that cannot be restored before and after the repair; and whether the damage shows without reading every byte. */
  hurt: Name[];
  left: Name[];
  onlyByReading?: true;
}

const all: Name[] = [...NAMES];
const half = (bytes: Buffer): Buffer =>
  Buffer.concat([bytes.subarray(0, bytes.length >> 1), Buffer.alloc(bytes.length - (bytes.length >> 1))]);
const packA = (edit: (bytes: Buffer) => Buffer) => () => vault.change(vault.packs.A, edit);
const manifestA = (edit: (bytes: Buffer) => Buffer) => () => vault.change(vault.manifests.A, edit);
const keyFile = (): string => `projects/${vault.project}/key.json`;
const key = (edit: (bytes: Buffer) => Buffer) => () => vault.change(keyFile(), edit);
const otherName = (of: string): string => of.replace(/[^/]{64}$/, (id) => `${id.slice(0, 60)}0000`);
/** Three entries of 45 bytes, a tag, and the footer of 48. */
const indexByte = -48 - 16 - 20;
const idOf = (pack: string): string => `decode('${pack.slice(-64)}', 'hex')`;
const numberOf = (pack: string): string => `(SELECT number FROM vault.packs WHERE id = ${idOf(pack)})`;

const packs: Damage[] = [
  {
    what: 'missing',
    damage: () => rm(vault.file(vault.packs.A)),
    codes: ['pack-missing'],
    hurt: ['A', 'C'],
    left: ['A', 'C'],
  },
  {
    what: 'empty',
    damage: packA(() => Buffer.alloc(0)),
    codes: ['pack-size-differs', 'pack-unreadable'],
    hurt: ['A', 'C'],
    left: ['A', 'C'],
  },
  {
    what: 'cut off within its first frame',
    damage: packA((bytes) => bytes.subarray(0, 1000)),
    codes: ['pack-size-differs', 'pack-unreadable'],
    hurt: ['A', 'C'],
    left: ['A', 'C'],
  },
  {
    what: 'cut off within its footer',
    damage: packA((bytes) => bytes.subarray(0, -5)),
    codes: ['pack-size-differs', 'pack-unreadable'],
    hurt: [],
    left: [],
  },
  { what: 'half written', damage: packA(half), codes: ['pack-unreadable'], hurt: ['A', 'C'], left: ['A', 'C'] },
  {
    what: 'followed by a byte',
    damage: packA((bytes) => Buffer.concat([bytes, Buffer.from('x')])),
    codes: ['pack-size-differs', 'pack-unreadable'],
    hurt: [],
    left: [],
  },
  {
    what: 'flipped in its magic number',
    damage: packA((bytes) => flipped(bytes, 3)),
    codes: ['pack-unreadable'],
    hurt: ['A', 'C'],
    left: ['A', 'C'],
  },
  {
    what: 'flipped in its version',
    damage: packA((bytes) => flipped(bytes, 11)),
    codes: ['pack-unreadable'],
    hurt: ['A', 'C'],
    left: ['A', 'C'],
  },
  {
    what: 'flipped in its key id',
    damage: packA((bytes) => flipped(bytes, 15)),
    codes: ['pack-unreadable'],
    hurt: ['A', 'C'],
    left: ['A', 'C'],
  },
  {
    what: 'flipped in its salt',
    damage: packA((bytes) => flipped(bytes, 40)),
    codes: ['pack-unreadable'],
    hurt: ['A', 'C'],
    left: ['A', 'C'],
  },
  {
    what: 'flipped in its first frame, of A alone',
    damage: packA((bytes) => flipped(bytes, 200)),
    codes: ['pack-altered'],
    hurt: ['A'],
    left: ['A'],
    onlyByReading: true,
  },
  {
    what: 'flipped in its last frame, of A and C',
    damage: packA((bytes) => flipped(bytes, indexByte - 3 * 45 - 100)),
    codes: ['pack-altered'],
    hurt: ['A', 'C'],
    left: ['A', 'C'],
    onlyByReading: true,
  },
  {
    what: 'flipped in its index',
    damage: packA((bytes) => flipped(bytes, indexByte)),
    codes: ['pack-unreadable'],
    hurt: [],
    left: [],
  },
  {
    what: "flipped in its footer's offset",
    damage: packA((bytes) => flipped(bytes, -48)),
    codes: ['pack-unreadable'],
    hurt: [],
    left: [],
  },
  {
    what: "flipped in its footer's checksum",
    damage: packA((bytes) => flipped(bytes, -20)),
    codes: ['pack-altered'],
    hurt: [],
    left: [],
    onlyByReading: true,
  },
  {
    what: "flipped in its footer's end",
    damage: packA((bytes) => flipped(bytes, -1)),
    codes: ['pack-unreadable'],
    hurt: [],
    left: [],
  },
  {
    what: "swapped with B's",
    damage: () => vault.swap(vault.packs.A, vault.packs.B),
    codes: ['chunk-rows-stray'],
    hurt: all,
    left: [],
  },
  {
    what: "overwritten with B's",
    damage: async () => {
      await rm(vault.file(vault.packs.A));
      await vault.copy(vault.packs.B, vault.packs.A);
    },
    codes: ['chunk-rows-stray'],
    hurt: ['A', 'C'],
    left: ['A', 'C'],
  },
  {
    what: 'duplicated under another name',
    damage: () => vault.copy(vault.packs.A, otherName(vault.packs.A)),
    codes: ['pack-unreferenced'],
    hurt: [],
    left: [],
  },
  {
    what: 'duplicated under a name of no pack',
    damage: () => vault.copy(vault.packs.A, `${vault.packs.A}.copy`),
    codes: ['stray-object'],
    hurt: [],
    left: [],
  },
];

const manifests: Damage[] = [
  {
    what: 'missing',
    damage: () => rm(vault.file(vault.manifests.A)),
    codes: ['manifest-missing'],
    hurt: ['A'],
    left: ['A'],
  },
  { what: 'empty', damage: manifestA(() => Buffer.alloc(0)), codes: ['manifest-damaged'], hurt: ['A'], left: ['A'] },
  {
    what: 'cut off',
    damage: manifestA((bytes) => bytes.subarray(0, -40)),
    codes: ['manifest-damaged'],
    hurt: ['A'],
    left: ['A'],
  },
  { what: 'half written', damage: manifestA(half), codes: ['manifest-damaged'], hurt: ['A'], left: ['A'] },
  {
    what: 'flipped in its header',
    damage: manifestA((bytes) => flipped(bytes, 30)),
    codes: ['manifest-damaged'],
    hurt: ['A'],
    left: ['A'],
  },
  {
    what: 'flipped in its content',
    damage: manifestA((bytes) => flipped(bytes, 100)),
    codes: ['manifest-damaged'],
    hurt: ['A'],
    left: ['A'],
  },
  {
    what: 'flipped at its end',
    damage: manifestA((bytes) => flipped(bytes, -1)),
    codes: ['manifest-damaged'],
    hurt: ['A'],
    left: ['A'],
  },
  {
    what: "swapped with B's",
    damage: () => vault.swap(vault.manifests.A, vault.manifests.B),
    codes: ['manifest-damaged'],
    hurt: ['A', 'B'],
    left: ['A', 'B'],
  },
  {
    what: 'duplicated as another attempt',
    damage: () => vault.copy(vault.manifests.A, vault.manifests.A.replace(/[^/]+$/, newId())),
    codes: ['manifest-replaced'],
    hurt: [],
    left: [],
  },
  {
    what: 'duplicated for another snapshot',
    damage: () => vault.copy(vault.manifests.A, vault.manifests.A.replace(vault.snapshots.A, newId())),
    codes: ['manifest-useless'],
    hurt: [],
    left: [],
  },
  {
    what: 'lost, but another attempt is there',
    damage: async () => {
      await vault.copy(vault.manifests.A, vault.manifests.A.replace(/[^/]+$/, newId()));
      await rm(vault.file(vault.manifests.A));
    },
    codes: ['manifest-missing', 'manifest-replaced'],
    hurt: ['A'],
    left: [],
  },
];

const keys: Damage[] = [
  { what: 'missing', damage: () => rm(vault.file(keyFile())), codes: ['key-missing'], hurt: all, left: all },
  { what: 'empty', damage: key(() => Buffer.alloc(0)), codes: ['key-damaged'], hurt: all, left: all },
  { what: 'cut off', damage: key((bytes) => bytes.subarray(0, -20)), codes: ['key-damaged'], hurt: all, left: all },
  { what: 'half written', damage: key(half), codes: ['key-damaged'], hurt: all, left: all },
  {
    what: 'flipped in the wrapped key',
    damage: key((bytes) =>
      Buffer.from(
        bytes.toString().replace(/"wrapped": "(.)/, (_, first: string) => `"wrapped": "${first === 'A' ? 'B' : 'A'}`),
      ),
    ),
    codes: ['key-damaged'],
    hurt: all,
    left: all,
  },
  {
    what: "flipped in the master key's id",
    damage: key((bytes) =>
      Buffer.from(
        bytes
          .toString()
          .replace(/"masterKeyId": "(.)/, (_, first: string) => `"masterKeyId": "${first === 'a' ? 'b' : 'a'}`),
      ),
    ),
    codes: ['key-wrong'],
    hurt: all,
    left: all,
  },
  {
    what: "another project's",
    damage: key((bytes) => Buffer.from(bytes.toString().replaceAll(vault.project, newId()))),
    codes: ['key-damaged'],
    hurt: all,
    left: all,
  },
  {
    what: 'duplicated under another name',
    damage: () => vault.copy(keyFile(), `${keyFile()}.copy`),
    codes: ['stray-object'],
    hurt: [],
    left: [],
  },
];

const inPackA = (): string => `pack = ${numberOf(vault.packs.A)}`;
const oneChunk = (): string => `${inPackA()} AND position = 52`;
const referencesOfA = (): string =>
  `manifest = (SELECT number FROM vault.manifests WHERE snapshot_id = '${vault.snapshots.A}')`;
const rows: Damage[] = [
  {
    what: 'a manifest is said to need another pack',
    damage: () =>
      vault.sql(`UPDATE vault.manifest_packs SET pack = ${numberOf(vault.packs.B)} WHERE ${referencesOfA()}`),
    codes: ['manifest-references-wrong'],
    hurt: [],
    left: [],
  },
  {
    what: "a pack's row is missing",
    damage: () => vault.sql(`DELETE FROM vault.packs WHERE id = ${idOf(vault.packs.A)}`),
    codes: ['chunk-missing', 'chunk-rows-stray', 'pack-unreferenced'],
    hurt: ['A', 'C'],
    left: [],
  },
  {
    what: "a pack's row says another size",
    damage: () => vault.sql(`UPDATE vault.packs SET bytes = bytes + 1 WHERE id = ${idOf(vault.packs.A)}`),
    codes: ['pack-size-differs'],
    hurt: [],
    left: [],
  },
  {
    what: "a pack's row names another key",
    damage: () => vault.sql(`UPDATE vault.packs SET key_id = '0' WHERE id = ${idOf(vault.packs.A)}`),
    codes: ['pack-row-wrong'],
    hurt: [],
    left: [],
  },
  {
    what: "a pack's row has another id",
    damage: () => vault.sql(`UPDATE vault.packs SET id = sha256(id) WHERE id = ${idOf(vault.packs.A)}`),
    codes: ['pack-missing', 'pack-unreferenced'],
    hurt: ['A', 'C'],
    left: [],
  },
  {
    what: "two packs' rows are swapped",
    damage: () =>
      vault.sql(
        `UPDATE vault.chunks SET pack = ${numberOf(vault.packs.A)} + ${numberOf(vault.packs.B)} - pack WHERE pack IN (${numberOf(vault.packs.A)}, ${numberOf(vault.packs.B)})`,
      ),
    codes: ['chunk-rows-stray'],
    hurt: all,
    left: [],
  },
  {
    what: 'a pack has a second row',
    damage: () =>
      vault.sql(
        `INSERT INTO vault.packs (project, id, bytes, chunk_bytes, key_id, state) SELECT project, sha256(id), bytes, chunk_bytes, key_id, state FROM vault.packs WHERE id = ${idOf(vault.packs.A)}`,
      ),
    codes: ['pack-missing'],
    hurt: [],
    left: [],
  },
  {
    what: 'all chunk rows are missing',
    damage: () => vault.sql('DELETE FROM vault.chunks'),
    codes: ['chunk-missing', 'pack-unused'],
    hurt: all,
    left: [],
  },
  {
    what: "a chunk's row is missing",
    damage: () => vault.sql(`DELETE FROM vault.chunks WHERE ${oneChunk()}`),
    codes: ['chunk-missing', 'chunk-rows-missing'],
    hurt: ['A'],
    left: [],
  },
  {
    what: "a chunk's row says another place",
    damage: () => vault.sql(`UPDATE vault.chunks SET position = 53 WHERE ${oneChunk()}`),
    codes: ['chunk-rows-wrong'],
    hurt: ['A'],
    left: [],
  },
  {
    what: "a chunk's row says a place past the end",
    damage: () => vault.sql(`UPDATE vault.chunks SET position = 2000000000 WHERE ${oneChunk()}`),
    codes: ['chunk-rows-wrong'],
    hurt: ['A'],
    left: [],
  },
  {
    what: "a chunk's row says no bytes",
    damage: () => vault.sql(`UPDATE vault.chunks SET stored_bytes = 0 WHERE ${oneChunk()}`),
    codes: ['chunk-rows-wrong'],
    hurt: ['A'],
    left: [],
  },
  {
    what: "a chunk's row says another length",
    damage: () => vault.sql(`UPDATE vault.chunks SET plain_bytes = plain_bytes + 1 WHERE ${oneChunk()}`),
    codes: ['chunk-rows-wrong', 'chunk-missing'],
    hurt: ['A'],
    left: [],
  },
  {
    what: "a chunk's row says another encoding",
    damage: () => vault.sql(`UPDATE vault.chunks SET encoding = 1 - encoding WHERE ${oneChunk()}`),
    codes: ['chunk-rows-wrong'],
    hurt: ['A'],
    left: [],
  },
  {
    what: "two chunks' rows are swapped",
    damage: () =>
      vault.sql(
        `UPDATE vault.chunks c SET (position, stored_bytes, encoding) = (SELECT o.position, o.stored_bytes, o.encoding FROM vault.chunks o WHERE o.pack = c.pack AND o.id <> c.id) WHERE pack = ${numberOf(vault.packs.B)}`,
      ),
    codes: ['chunk-rows-wrong'],
    hurt: ['B'],
    left: [],
  },
  {
    what: "a chunk's row is duplicated for another pack",
    damage: () =>
      vault.sql(
        `INSERT INTO vault.chunks SELECT project, id, ${numberOf(vault.packs.C)}, position, stored_bytes, plain_bytes, encoding FROM vault.chunks WHERE ${oneChunk()}`,
      ),
    codes: ['chunk-rows-stray'],
    hurt: ['A'],
    left: [],
  },
  {
    what: "a chunk's row is of a pack that never was",
    damage: () => vault.sql(`UPDATE vault.chunks SET pack = 999999 WHERE ${oneChunk()}`),
    codes: ['chunk-rows-stray', 'chunk-missing', 'chunk-rows-missing'],
    hurt: ['A'],
    left: [],
  },
  {
    what: "a manifest's row is missing",
    damage: () => vault.sql('DELETE FROM vault.manifests WHERE snapshot_id = $1', vault.snapshots.A),
    codes: ['manifest-unreferenced', 'snapshot-unpublished'],
    hurt: ['A'],
    left: [],
  },
  {
    what: "a manifest's row says another size",
    damage: () => vault.sql('UPDATE vault.manifests SET bytes = bytes - 1 WHERE snapshot_id = $1', vault.snapshots.A),
    codes: ['manifest-row-wrong'],
    hurt: [],
    left: [],
  },
  {
    what: "a manifest's row names an object that is not there",
    damage: () =>
      vault.sql("UPDATE vault.manifests SET object_key = object_key || 'x' WHERE snapshot_id = $1", vault.snapshots.A),
    codes: ['manifest-row-wrong', 'manifest-missing'],
    hurt: ['A'],
    left: [],
  },
  {
    what: "a manifest's row names what is no object",
    damage: () =>
      vault.sql("UPDATE vault.manifests SET object_key = 'PROJECTS' WHERE snapshot_id = $1", vault.snapshots.A),
    codes: ['manifest-row-wrong'],
    hurt: ['A'],
    left: [],
  },
  {
    what: "two manifests' rows are swapped",
    damage: async () => {
      await vault.sql("UPDATE vault.manifests SET snapshot_id = 'x' WHERE snapshot_id = $1", vault.snapshots.A);
      await vault.sql(
        'UPDATE vault.manifests SET snapshot_id = $2 WHERE snapshot_id = $1',
        vault.snapshots.B,
        vault.snapshots.A,
      );
      await vault.sql("UPDATE vault.manifests SET snapshot_id = $1 WHERE snapshot_id = 'x'", vault.snapshots.B);
    },
    codes: ['manifest-row-wrong'],
    hurt: ['A', 'B'],
    left: [],
  },
  {
    what: 'all rows are missing',
    damage: async () => {
      for (const table of ['chunks', 'packs', 'manifests']) await vault.sql(`DELETE FROM vault.${table}`);
    },
    codes: ['pack-unreferenced', 'manifest-unreferenced'],
    hurt: all,
    left: [],
  },
];

const documented = /^(manifest-(missing|damaged)|chunk-(missing|damaged)|wrong-master-key|key-file-(missing|damaged))$/;

describe.each([
  { kind: 'a pack that is', damages: sampleOf(packs, 4) },
  { kind: 'a manifest that is', damages: sampleOf(manifests, 2) },
  { kind: 'a key file that is', damages: sampleOf(keys, 2) },
  { kind: 'a catalogue where', damages: sampleOf(rows, 3) },
])('$kind', ({ damages }) => {
  it.each(damages)('$what', async ({ damage, codes, hurt, left, onlyByReading }) => {
    await damage();
    const expected = Object.values(vault.snapshots);

    const broken = await vault.unrestorable();
    expect(Object.keys(broken)).toEqual(hurt);
    for (const code of Object.values(broken)) expect(code).toMatch(documented);

    const { findings, summary } = await vault.check(100, expected);
    expect(findings.map(({ code }) => code)).toEqual(expect.arrayContaining(codes));
    expect(vault.damagedIn(summary)).toEqual(hurt);
    expect(hurtBy(findings)).toEqual(hurt);
    const quick = await vault.check(0, expected);
    expect(quick.findings.some(({ code }) => codes.includes(code))).toBe(onlyByReading !== true);

    const { report } = await vault.repair();
    expect(Object.keys(await vault.unrestorable())).toEqual(left);
    const again = await vault.check(100, expected);
    expect(vault.damagedIn(again.summary)).toEqual(left);
    expect(vault.damagedIn(report.after)).toEqual(left);
    const innocent = again.findings.filter(
      ({ severity, snapshotIds }) => severity === 'damage' && !snapshotIds?.length,
    );
    expect(innocent).toEqual([]);
    // While a snapshot is damaged everything is kept, and afterwards no garbage is.
    const garbage = again.findings.filter(({ severity }) => severity === 'garbage');
    expect(left.length > 0 ? [] : garbage).toEqual([]);

    if (left.length > 0) {
      await vault.restoreObjects();
      await vault.repair();
    }
    expect(await vault.unrestorable()).toEqual({});
    const end = left.length > 0 ? await vault.check(100, expected) : again;
    expect(end.summary.findings).toMatchObject({ damage: 0, garbage: 0 });
  });
});

function hurtBy(findings: { snapshotIds?: string[] }[]): Name[] {
  const ids = new Set(findings.flatMap(({ snapshotIds = [] }) => snapshotIds));
  return NAMES.filter((name) => ids.has(vault.snapshots[name]));
}
