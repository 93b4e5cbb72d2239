import { randomBytes } from 'node:crypto';
import { cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { LocalBackend } from '../../../src/vault/backend/local/local-backend.js';
import { checkProject } from '../../../src/vault/check/check-project.js';
import type { VaultParts } from '../../../src/vault/check/check-parts.js';
import type { Finding, ProjectSummary } from '../../../src/vault/check/finding.js';
import type { MasterKey } from '../../../src/vault/keys/master-key.js';
import type { FileEntry, ManifestEntry } from '../../../src/vault/manifests/manifest.js';
import { PackVault } from '../../../src/vault/pack-vault.js';
import { packKey } from '../../../src/vault/format/object-keys.js';
import { ProjectKeys } from '../../../src/vault/keys/project-keys.js';
import { VaultObjects } from '../../../src/vault/vault-objects.js';
import { repairProject, type RepairReport, type RepairStep } from '../../../src/vault/repair/repair-project.js';
import { collect, inParts, makeVault, newId, type VaultFixture } from './fixture.js';

export type Name = 'A' | 'B' | 'C';
export const NAMES: readonly Name[] = ['A', 'B', 'C'];
const TABLES = ['packs', 'chunks', 'manifests', 'manifest_packs', 'captures', 'rebuilds'] as const;
const attributes = { mode: 0o644, uid: 0, gid: 0, mtimeNs: '1' };
export const signal = new AbortController().signal;

/** Two contents each of its own; `shared` is in A and C, and lies in A's pack. */
const shared = randomBytes(30_000);
const contents: Record<Name, Buffer[]> = {
  A: [randomBytes(20_000), Buffer.from('text of A '.repeat(5_000)), shared],
  B: [randomBytes(25_000), Buffer.from('text of B '.repeat(5_000))],
  C: [randomBytes(15_000), shared, Buffer.from('text of C '.repeat(5_000))],
};

/** One project of three snapshots in a real vault, which can be damaged and put back as it was. */
export class DamagedVault {
  private constructor(
    readonly fixture: VaultFixture,
    readonly project: string,
    readonly snapshots: Record<Name, string>,
    /** Object keys. */
    readonly packs: Record<Name, string>,
    readonly manifests: Record<Name, string>,
  ) {}

  static async create(): Promise<DamagedVault> {
    const fixture = await makeVault();
    const project = newId();
    const snapshots = { A: newId(), B: newId(), C: newId() };
    const packs = { A: '', B: '', C: '' };
    const manifests = { A: '', B: '', C: '' };
    const vault = new DamagedVault(fixture, project, snapshots, packs, manifests);
    const known = new Set<string>();
    for (const name of NAMES) {
      await vault.capture(snapshots[name], contents[name]);
      for await (const { key } of fixture.backend.list(`projects/${project}/packs/`)) {
        if (!known.has(key)) packs[name] = key;
        known.add(key);
      }
      manifests[name] = (await fixture.catalogue.findManifest(project, snapshots[name]))!.objectKey;
    }
    await cp(join(fixture.root, 'projects', project), join(fixture.root, '+saved'), { recursive: true });
    for (const table of TABLES) await fixture.pool.query(`CREATE TABLE saved_${table} AS TABLE vault.${table}`);
    return vault;
  }

  async capture(snapshotId: string, buffers: readonly Buffer[]): Promise<void> {
    const header = { snapshotId, createdAt: new Date().toISOString(), tools: {} };
    const writer = await (await this.open()).beginCapture(this.project, header);
    for (const [index, bytes] of buffers.entries()) {
      const content = await writer.store(inParts(bytes));
      await writer.add({ kind: 'file', path: `utf8:${index}`, ...attributes, content });
    }
    await writer.publish();
  }

  recapture(name: Name): Promise<void> {
    return this.capture(this.snapshots[name], contents[name]);
  }

  contentsOf(name: Name): readonly Buffer[] {
    return contents[name];
  }

  /** Stores all chunks of a snapshot's pack a second time, as two captures at once do; resolves to the new pack's key. */
  async copyOfPack(name: Name): Promise<string> {
    const { backend, catalogue, masterKey } = await this.parts();
    const id = Buffer.from(this.packs[name].slice(-64), 'hex');
    const rows = await catalogue.chunksOf(this.project, id);
    const live = rows.map((row) => ({ ...row, packId: id, keyId: '' }));
    const objects = new VaultObjects(backend, catalogue, new ProjectKeys(backend, masterKey));
    const session = await catalogue.openCollection(this.project);
    try {
      for await (const { pack, chunks } of objects.rewrite(this.project, inOneBatch(live), signal)) {
        await session.addPack(pack, chunks);
        return packKey(this.project, pack.id.toString('hex'));
      }
    } finally {
      await session.close();
    }
    throw new Error('No pack was made.');
  }

  /** Objects and rows as they were before any damage. */
  async reset(): Promise<void> {
    const { root, pool } = this.fixture;
    await rm(join(root, 'projects'), { recursive: true, force: true });
    await cp(join(root, '+saved'), join(root, 'projects', this.project), { recursive: true });
    for (const table of TABLES) {
      await pool.query(`DELETE FROM vault.${table}`);
      await pool.query(`INSERT INTO vault.${table} OVERRIDING SYSTEM VALUE TABLE saved_${table}`);
    }
  }

  /** Puts a copy of every object back where it was, as an operator does who has one; the catalogue stays as it is. */
  async restoreObjects(): Promise<void> {
    const { root } = this.fixture;
    await cp(join(root, '+saved'), join(root, 'projects', this.project), { recursive: true, force: true });
  }

  /** With no memory of what was there before. */
  async parts(): Promise<VaultParts & { masterKey: MasterKey }> {
    const { catalogue, masterKey, root } = this.fixture;
    return { backend: await LocalBackend.open(root), catalogue, masterKey };
  }

  async open(): Promise<PackVault> {
    return new PackVault({ ...(await this.parts()), lanes: 1 });
  }

  /** The snapshots that do not come back byte for byte, with the codes of the errors they fail with. */
  async unrestorable(): Promise<Partial<Record<Name, string>>> {
    const failed: Partial<Record<Name, string>> = {};
    for (const name of NAMES) {
      try {
        await this.restore(name);
      } catch (error) {
        failed[name] = error instanceof Error && 'code' in error ? String(error.code) : String(error);
      }
    }
    return failed;
  }

  async check(readPercent = 100, expected: string[] = []): Promise<{ findings: Finding[]; summary: ProjectSummary }> {
    const findings: Finding[] = [];
    const check = checkProject(await this.parts(), this.project, { signal, readPercent, expected });
    for (;;) {
      const { value, done } = await check.next();
      if (done === true) return { findings, summary: value };
      findings.push(value);
    }
  }

  async repair(): Promise<{ steps: RepairStep[]; report: RepairReport }> {
    const steps: RepairStep[] = [];
    const repair = repairProject(await this.parts(), this.project, { signal });
    for (;;) {
      const { value, done } = await repair.next();
      if (done === true) return { steps, report: value };
      steps.push(value);
    }
  }

  damagedIn(summary: ProjectSummary): Name[] {
    const ids = new Set(summary.snapshots.filter(({ state }) => state === 'damaged').map((one) => one.snapshotId));
    return NAMES.filter((name) => ids.has(this.snapshots[name]));
  }

  file(key: string): string {
    return join(this.fixture.root, key);
  }

  async change(key: string, edit: (bytes: Buffer) => Buffer): Promise<void> {
    const bytes = edit(await readFile(this.file(key)));
    await rm(this.file(key));
    await writeFile(this.file(key), bytes);
  }

  async copy(from: string, to: string): Promise<void> {
    await mkdir(dirname(this.file(to)), { recursive: true });
    await cp(this.file(from), this.file(to));
  }

  async swap(one: string, other: string): Promise<void> {
    const [first, second] = [await readFile(this.file(one)), await readFile(this.file(other))];
    await this.change(one, () => second);
    await this.change(other, () => first);
  }

  async sql(text: string, ...values: unknown[]): Promise<void> {
    await this.fixture.pool.query(text, values);
  }

  private async restore(name: Name): Promise<void> {
    const vault = await this.open();
    const entries: ManifestEntry[] = [];
    for await (const entry of vault.readEntries(this.project, this.snapshots[name])) entries.push(entry);
    const files = entries.filter((entry): entry is FileEntry => entry.kind === 'file');
    if (files.length !== contents[name].length) throw new Error('Not all files are there.');
    for (const { path, content } of files) {
      const bytes = await collect(vault.readContent(this.project, content));
      if (!bytes.equals(contents[name][Number(path.slice(5))]!)) throw new Error(`${path} differs, silently.`);
    }
  }
}

async function* inOneBatch<T>(items: T[]): AsyncGenerator<T[]> {
  yield items;
}

/** One bit, from the start or, with a negative number, from the end. */
export function flipped(bytes: Buffer, at: number): Buffer {
  const copy = Buffer.from(bytes);
  const index = at < 0 ? copy.length + at : at;
  copy[index] = copy[index]! ^ 0x10;
  return copy;
}
