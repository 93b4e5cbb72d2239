import { useQuery } from '@tanstack/react-query';
import { healthLiveOptions } from '../../sdk/typescript/generated/@tanstack/react-query.gen.js';
import { NoAnswerError } from '../../sdk/typescript/index.js';
import { client } from '../api/snapback.js';

const EVERY_MS = 15_000;
const WHILE_AWAY_MS = 2_000;

/** Says that nothing answers, once, above every page; what is shown stays, with the time it was told. */
export function OfflineNotice() {
  const { error, dataUpdatedAt } = useQuery({
    ...healthLiveOptions({ client }),
    refetchInterval: ({ state }) => (state.status === 'error' ? WHILE_AWAY_MS : EVERY_MS),
  });
  if (!(error instanceof NoAnswerError)) return null;
  const since = dataUpdatedAt === 0 ? '' : ` What you see is of ${new Date(dataUpdatedAt).toLocaleTimeString()}.`;
  return (
    <p role="status" className="bg-warn-soft px-4 py-2 text-center text-sm text-warn">
      The service does not answer; trying again.{since} Running work goes on by itself.
    </p>
  );
}
