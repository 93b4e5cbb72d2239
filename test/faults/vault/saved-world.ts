import { sourceOf } from '../../../src/vault/backend/object-source.js';
import { packKey } from '../../../src/vault/format/object-keys.js';
import type { Announcement } from './announcements.js';
import { Ledger } from './ledger.js';
import { capture, contentsIn, published, remove, type Attempt } from './operations.js';
import { currentKey, type World } from './world.js';

const TABLES = ['packs', 'chunks', 'manifests', 'captures', 'rebuilds'] as const;
const MIB = 1024 * 1024;

/** A vault with everything that a collection can meet, saved so that it can be had again as it was. */
export class SavedWorld {
  private readonly objects = new Map<string, Buffer>();

  private constructor(
    private readonly world: World,
    private readonly history: readonly Announcement[],
  ) {}

  /**
   * Three snapshots that share chunks; a pack that is mostly dead and large enough to be rewritten; a dead one; what a capture
   * leaves that was killed before it published. Tables `saved_…` beside the catalogue are made for it.
   */
  static async create(world: World): Promise<SavedWorld> {
    const history: Announcement[] = [];
    const take = async (attempt: Attempt): Promise<string> => {
      await capture(world, attempt);
      const { snapshotId, paths } = attempt;
      history.push({ say: 'begin', what: 'capture', snapshotId, attempt: attempt.attempt, paths });
      history.push({ say: 'done', what: 'capture', snapshotId, attempt: attempt.attempt });
      return snapshotId;
    };
    const shared = ['utf8:shared-1.40000.random', 'utf8:shared-2.90000.text'];
    const large = await take(attemptAt([...shared, `utf8:large.${12 * MIB}.random`]));
    const carried = await contentsIn(world, large);
    carried.delete(`utf8:large.${12 * MIB}.random`);
    await take({ ...attemptAt([...shared, 'utf8:second.30000.random']), carried });
    await take(attemptAt(['utf8:third.200000.random', 'utf8:third-text.100000.text']));
    await take(attemptAt(['utf8:fourth.1000.text', 'utf8:second.30000.random']));
    const dead = await take(attemptAt(['utf8:dead.50000.random']));
    for (const snapshotId of [large, dead]) {
      await remove(world, snapshotId);
      history.push({ say: 'done', what: 'delete', snapshotId });
    }
    await leaveRemains(world);
    const saved = new SavedWorld(world, history);
    for await (const { key } of world.backend.list('')) saved.objects.set(key, await world.backend.read(key));
    for (const table of TABLES) await world.pool.query(`CREATE TABLE saved_${table} AS TABLE vault.${table}`);
    return saved;
  }

  /** What was promised about it. */
  ledger(): Ledger {
    const ledger = new Ledger();
    for (const announcement of this.history) ledger.note(announcement);
    return ledger;
  }

  /** Objects and rows as they were. */
  async reset(): Promise<void> {
    const { backend, pool } = this.world;
    const there = new Map<string, number>();
    for await (const { key, bytes } of backend.list('')) there.set(key, bytes);
    await backend.delete([...there.keys()].filter((key) => !this.objects.has(key)));
    for (const [key, bytes] of this.objects) {
      const isSame = there.has(key) && (await backend.read(key)).equals(bytes);
      if (!isSame) await backend.replace(key, bytes);
    }
    for (const table of TABLES) {
      await pool.query(`DELETE FROM vault.${table}`);
      await pool.query(`INSERT INTO vault.${table} OVERRIDING SYSTEM VALUE TABLE saved_${table}`);
    }
    this.world.masterKey = await currentKey(backend, this.world.place);
  }

  /** Damage of which everything can be brought back: a pack's index, and the rows of another pack's chunks. */
  async damage(): Promise<void> {
    const { backend, catalogue, pool, place } = this.world;
    const [first, second] = await packsOfSnapshots(this.world);
    const key = packKey(place.project, first!.toString('hex'));
    const bytes = Buffer.from(await backend.read(key));
    bytes[bytes.length - 84]! ^= 0x10;
    await backend.replace(key, bytes);
    const number = '(SELECT number FROM vault.packs WHERE id = $1)';
    await pool.query(`DELETE FROM vault.chunks WHERE pack = ${number}`, [second]);
    if ((await catalogue.chunksOf(place.project, second!)).length > 0) throw new Error('The rows are still there.');
  }
}

function attemptAt(paths: string[]): Attempt {
  return { snapshotId: crypto.randomUUID(), attempt: crypto.randomUUID(), paths };
}

/** A pack without a row and a manifest without a capture, as of a process killed an hour ago. */
async function leaveRemains({ backend, place, catalogue }: World): Promise<void> {
  const lease = await catalogue.beginCapture(place.project, crypto.randomUUID());
  await catalogue.endCapture(lease);
  const prefix = `projects/${place.project}`;
  await backend.put(`${prefix}/manifests/${lease.snapshotId}/${lease.captureId}`, sourceOf(Buffer.from('cut off')));
  await backend.put(`${prefix}/packs/ab/${'ab'.repeat(32)}`, sourceOf(Buffer.alloc(5_000)));
}

/** The pack of the first chunk of each snapshot, each pack once. */
async function packsOfSnapshots(world: World): Promise<Buffer[]> {
  const packs = new Map<string, Buffer>();
  for (const snapshotId of await published(world)) {
    for (const { chunks } of (await contentsIn(world, snapshotId)).values()) {
      const ids = chunks.map(({ id }) => Buffer.from(id, 'hex'));
      const [location] = await world.catalogue.locate(world.place.project, ids);
      if (location) packs.set(location.packId.toString('hex'), location.packId);
    }
  }
  return [...packs.values()];
}
