import type { RetentionDecision } from '../../../sdk/typescript/index.js';
import { bytes, exact } from '../../ui/amounts.js';
import { ROLLBACK_STATUS } from '../../ui/words.js';
import type { ChangeMark, Mark, PlaceOf, SnapshotMark } from './marks.js';
import { LANE_Y } from './scale.js';
import { bundleTitleOf, bundleWordsOf, changeTitleOf, titleOf, wordOf } from './words.js';

const WIDTH = 300;

interface MarkTooltipProps {
  mark: Mark;
  x: number;
  width: number;
  zone: string;
  due: RetentionDecision | undefined;
  placeOf: PlaceOf;
}

/** What a mark is, beside it. A screen reader has it from the mark itself. */
export function MarkTooltip({ mark, x, width, ...rest }: MarkTooltipProps) {
  const left = Math.min(Math.max(0, x - WIDTH / 2), Math.max(0, width - WIDTH));
  return (
    <div
      aria-hidden
      data-tooltip
      style={{ left, top: LANE_Y[mark.lane] + 24, width: Math.min(WIDTH, width) }}
      className="pointer-events-none absolute z-20 rounded-small bg-ink px-3 py-2 text-sm text-ground shadow-lg [overflow-wrap:anywhere]"
    >
      {mark.kind === 'snapshot' && <SnapshotWords mark={mark} {...rest} />}
      {mark.kind === 'change' && <ChangeWords mark={mark} zone={rest.zone} />}
      {mark.kind === 'bundle' && (
        <>
          <p className="font-medium">{bundleTitleOf(mark, rest.zone)}</p>
          <p>{bundleWordsOf(mark)}. Open to look closer.</p>
        </>
      )}
    </div>
  );
}

function SnapshotWords({
  mark: { snapshot, look, at },
  zone,
  due,
  placeOf,
}: { mark: SnapshotMark } & Pick<MarkTooltipProps, 'zone' | 'due' | 'placeOf'>) {
  const { baseSnapshotId, pin, failure, storedBytes } = snapshot;
  const base = baseSnapshotId === null ? undefined : placeOf(baseSnapshotId)?.at;
  return (
    <>
      <p className="line-clamp-3 font-medium">{titleOf(snapshot)}</p>
      <p className="numbers">{exact(new Date(at), zone)}</p>
      <p>
        {wordOf(look)}
        {storedBytes !== null && `, ${bytes(storedBytes)} stored`}
        {pin !== null && `, pinned${pin.reason === null ? '' : `: ${pin.reason}`}`}
      </p>
      {failure !== null && <p className="line-clamp-3">{failure.message}</p>}
      {base !== undefined && <p className="numbers">Builds on the one of {exact(new Date(base), zone)}</p>}
      {due !== undefined && <p>Goes at the next run: {due.reasons.join('; ')}</p>}
    </>
  );
}

function ChangeWords({ mark: { deployment, at }, zone }: { mark: ChangeMark; zone: string }) {
  const { status, gate, gateReason, requestedBy } = deployment;
  return (
    <>
      <p className="line-clamp-3 font-medium">{changeTitleOf(deployment)}</p>
      <p className="numbers">{exact(new Date(at), zone)}</p>
      <p>
        {ROLLBACK_STATUS[status].text}
        {gate !== null && `, gate ${gate}`}, by {requestedBy}
      </p>
      {gateReason !== null && <p className="line-clamp-3">{gateReason}</p>}
    </>
  );
}
