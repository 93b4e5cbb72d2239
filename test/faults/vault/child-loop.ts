import { announce, type Action, type Orders } from './announcements.js';
import { inventPaths } from './contents.js';
import {
  capture,
  collect,
  contentsIn,
  published,
  rebuild,
  remove,
  repair,
  rotate,
  type Attempt,
} from './operations.js';
import { codeOf } from './promises.js';
import { Random } from './random.js';
import { CHILD_NAME, openWorld, type World } from './world.js';

/** Snapshots a project has before deletions become more likely than captures. */
const MANY = 8;

/** Captures, deletes, collects and mends at random, as the seed says, and announces what it begins and what it was promised. */
export async function workForEver({ place, seed, alone, deleted }: Orders): Promise<void> {
  const random = new Random(seed);
  const world = await openWorld(place, CHILD_NAME);
  const gone = new Set(deleted);
  /** Two processes never delete or capture again the snapshots of each other; whose is whose shows in the first digit. */
  const side = seed.endsWith('b') ? 'b' : 'a';
  let begun = false;
  for (;;) {
    const ids = await published(world);
    const mine = ids.filter((id) => alone || id.startsWith(side));
    // Whoever rebuilds a project of which the vault never held anything is told that it has no key.
    begun ||= ids.length > 0;
    const action = choose(random, ids.length, mine.length, { alone, begun });
    try {
      await perform(action, { world, random, ids, mine, side, gone });
    } catch (error) {
      const message = error instanceof Error ? error.message : '';
      announce({ say: 'failed', what: action, code: codeOf(error), message });
    }
  }
}

function choose(
  random: Random,
  all: number,
  mine: number,
  { alone, begun }: { alone: boolean; begun: boolean },
): Action {
  const onlyAlone = alone ? 1 : 0;
  return random.weighted<Action>({
    capture: all > MANY ? 15 : 50,
    delete: mine === 0 ? 0 : all > MANY ? 50 : 12,
    collect: 18,
    rebuild: begun ? 4 * onlyAlone : 0,
    rotate: 5 * onlyAlone,
    repair: 3 * onlyAlone,
  });
}

interface Situation {
  world: World;
  random: Random;
  ids: string[];
  mine: string[];
  side: string;
  gone: Set<string>;
}

async function perform(action: Action, situation: Situation): Promise<void> {
  const { world, random, mine, gone } = situation;
  if (action === 'capture') {
    const attempt = await planCapture(situation);
    const { snapshotId, attempt: name, paths } = attempt;
    announce({ say: 'begin', what: 'capture', snapshotId, attempt: name, paths });
    await capture(world, attempt);
    announce({ say: 'done', what: 'capture', snapshotId, attempt: name });
    return;
  }
  if (action === 'delete') {
    const snapshotId = random.pick(mine)!;
    announce({ say: 'begin', what: 'delete', snapshotId });
    await remove(world, snapshotId);
    gone.add(snapshotId);
    announce({ say: 'done', what: 'delete', snapshotId });
    return;
  }
  announce({ say: 'begin', what: action });
  const wanted = (id: string): boolean => !gone.has(id);
  if (action === 'collect') await collect(world);
  else if (action === 'rebuild') await rebuild(world, wanted);
  else if (action === 'repair') await repair(world, wanted);
  else await rotate(world);
  announce({ say: 'done', what: action });
}

/** Of new contents and, more often than not, of some that another snapshot has already. */
async function planCapture({ world, random, ids, mine, side }: Situation): Promise<Attempt> {
  const attempt = random.uuid();
  const again = random.chance(0.12) ? random.pick(mine) : undefined;
  const base = random.chance(0.6) ? random.pick(ids) : undefined;
  const carried = new Map<string, Awaited<ReturnType<typeof contentsIn>> extends Map<string, infer C> ? C : never>();
  // One that is being deleted meanwhile has nothing to give.
  const contents = base === undefined ? [] : await contentsIn(world, base).catch(() => []);
  for (const [path, content] of contents) {
    if (random.chance(path.includes('-large.') ? 0.25 : 0.6)) carried.set(path, content);
  }
  const paths = [...new Set([...carried.keys(), ...inventPaths(random, attempt.slice(0, 8))])];
  return { snapshotId: again ?? side + random.uuid().slice(1), attempt, paths, carried };
}
