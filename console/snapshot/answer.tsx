import type { SnapshotDetails, Standby } from '../../sdk/typescript/index.js';
import { Moment } from '../ui/moment.js';

interface AnswerProps {
  snapshot: SnapshotDetails;
  standby: Standby | null | undefined;
  zone: string;
}

/** Can I go back to this? */
export function Answer(props: AnswerProps) {
  // Said again when it changes: a screen reader hears that it was completed, or proven.
  return (
    <span role="status">
      <Sentence {...props} />
    </span>
  );
}

function Sentence({ snapshot, standby, zone }: AnswerProps) {
  const { status, failure, restorability, id } = snapshot;
  if (status === 'queued') return 'You cannot go back to this yet: it waits for a worker.';
  if (status === 'running') return 'You cannot go back to this yet: it is being taken.';
  if (status === 'failed') return 'You cannot go back to this: it failed.';
  if (status === 'deleting') return 'You cannot go back to this any more: it is being deleted.';
  if (status === 'cancelled')
    return failure?.code === 'unchanged'
      ? 'There is nothing to go back to: its schedule called it off, as nothing had changed since the snapshot before.'
      : 'You cannot go back to this: it was cancelled.';
  const quickly =
    standby?.status === 'ready' && standby.snapshotId === id ? ' It stands ready beside the live state: a second.' : '';
  const [finding] = [...(restorability?.findings ?? [])].sort((a, b) => Number(b.blocking) - Number(a.blocking));
  if (restorability?.state === 'proven')
    return (
      <>
        You can go back to this: it was restored and compared{' '}
        <Moment at={restorability.provenAt} zone={zone} none="before" />, and was what was captured.{quickly}
      </>
    );
  const why = <bdi>{finding?.message ?? 'It was found not to come back.'}</bdi>;
  if (restorability?.state === 'refuted') return <>You cannot go back to this. {why}</>;
  if (restorability?.state === 'doubtful')
    return finding?.blocking === true ? (
      <>You cannot go back to this as things stand. {why}</>
    ) : (
      <>Perhaps you can go back to this. {why} A verification tells.</>
    );
  return `You can go back to this, as far as is known: nothing speaks against it, and nobody has tried yet.${quickly}`;
}
