import type { StandbyWhen } from '../../contract/generated/types.gen.js';
import type { StandbyEntity } from './standby.entity.js';

/** One of an environment's, as far as it matters to what becomes of it. */
export interface StandbyFacts extends Pick<StandbyEntity, 'id' | 'snapshotId' | 'status' | 'takenBy'> {
  /** A verification that is queued or running builds it. */
  isUnderWay: boolean;
}

export interface StandbyQuestion {
  when: StandbyWhen;
  /** The newest snapshot that is to stand ready. */
  wanted: string | null;
  /** That one is being verified already. */
  isBeingVerified: boolean;
  /** Oldest first. */
  standbys: readonly StandbyFacts[];
  /** A rollback of the environment waits or runs. */
  isRollingBack: boolean;
}

export interface StandbyDecision {
  /** Not used any more: said first, then they are removed. */
  remove: string[];
  /** The snapshot of which one is to be built. */
  build: string | null;
}

/**
 * What is to be done about an environment's standbys. An older one stays until a newer one is ready; what a rollback has taken is that
 * rollback's; while one is being built, or a rollback is under way, none is begun. Pure.
 */
export function decideStandby(question: StandbyQuestion): StandbyDecision {
  const { when, wanted, standbys } = question;
  const free = standbys.filter(({ takenBy }) => takenBy === null);
  const ready = free.filter(({ status }) => status === 'ready');
  const building = standbys.filter(({ status, isUnderWay }) => status === 'building' && isUnderWay);
  const useful = when === 'off' ? undefined : ready.findLast(({ snapshotId }) => snapshotId !== null);
  const remove = free.filter(
    (one) =>
      one.status === 'going' ||
      (one.status === 'building' && (!one.isUnderWay || when === 'off')) ||
      (one.status === 'ready' && one !== useful),
  );
  const isThere = standbys.some(({ status, snapshotId }) => status === 'ready' && snapshotId === wanted);
  const mayBuild = !question.isRollingBack && !question.isBeingVerified && building.length === 0;
  return {
    remove: remove.map(({ id }) => id),
    build: when !== 'off' && mayBuild && !isThere ? wanted : null,
  };
}
