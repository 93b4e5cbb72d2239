import type { Deployment, Snapshot } from '../../../sdk/typescript/index.js';
import { exact } from '../../ui/amounts.js';
import { RESTORABILITY, ROLLBACK_STATUS, SNAPSHOT_STATUS, TRIGGER } from '../../ui/words.js';
import { LOOKS, type BundleMark, type Lane, type Look, type Mark } from './marks.js';

export const LANE_NAMES: Record<Lane, string> = {
  full: 'Full',
  differential: 'Differential',
  deploy: 'Deployments',
  rollback: 'Rollbacks',
};

export function wordOf(look: Look): string {
  if (look === 'running' || look === 'failed' || look === 'cancelled') return SNAPSHOT_STATUS[look].text;
  return RESTORABILITY[look].text;
}

/** `20 proven, 3 expected, 1 failed`. */
export function countsOf(looks: ReadonlyMap<Look, number>): string {
  return LOOKS.filter((look) => (looks.get(look) ?? 0) > 0)
    .map((look) => `${looks.get(look)} ${wordOf(look)}`)
    .join(', ');
}

export function titleOf({ type, trigger, label }: Snapshot): string {
  const kind = type === 'full' ? 'Full snapshot' : 'Differential snapshot';
  return `${kind}, ${TRIGGER[trigger]}${label === null ? '' : `: ${label}`}`;
}

export function changeTitleOf({ kind, version }: Deployment): string {
  if (kind === 'rollback') return 'Rollback';
  return version === null ? 'Deployment' : `Deployment of ${version}`;
}

/** What a screen reader says of a mark. */
export function spokenOf(mark: Mark, zone: string): string {
  const when = exact(new Date(mark.at), zone);
  if (mark.kind === 'bundle') return `${bundleTitleOf(mark, zone)}: ${bundleWordsOf(mark)}`;
  if (mark.kind === 'change') {
    const { deployment } = mark;
    return `${changeTitleOf(deployment)}, ${ROLLBACK_STATUS[deployment.status].text}, ${when}`;
  }
  const { snapshot, look } = mark;
  return `${titleOf(snapshot)}, ${wordOf(look)}${snapshot.pinned ? ', pinned' : ''}, ${when}`;
}

export function bundleTitleOf(mark: BundleMark, zone: string): string {
  return `${mark.count} ${mark.lane} ${mark.count === 1 ? 'snapshot' : 'snapshots'}, ${dayOf(mark, zone)}`;
}

export function bundleWordsOf({ looks, pinnedCount }: BundleMark): string {
  return `${countsOf(looks)}${pinnedCount > 0 ? `; ${pinnedCount} pinned` : ''}`;
}

/** From when to when a bundle reaches. */
function dayOf({ from, to }: BundleMark, zone: string): string {
  const hours = (to - from) / 3_600_000;
  const format = new Intl.DateTimeFormat('en-GB', {
    timeZone: zone,
    day: 'numeric',
    month: 'short',
    year: 'numeric',
    ...(hours < 24 && { hour: '2-digit', minute: '2-digit' }),
  });
  return hours === 24 ? format.format(from) : `${format.format(from)} to ${format.format(to)}`;
}
