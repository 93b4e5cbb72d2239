import { useMutation, useQueryClient } from '@tanstack/react-query';
import type { EnvironmentProtection } from '../../sdk/typescript/index.js';
import { snapback } from '../api/snapback.js';
import { useWhyNot } from '../session/use-access.js';
import { Button } from '../ui/button.js';
import { Equivalents, shellWord } from '../ui/equivalents.js';
import { Failed } from '../ui/failed.js';
import { useTell } from '../ui/toasts.js';

/** The nearest remedy of an environment that has no snapshot, or an old one. */
export function TakeSnapshot({ of, isBeingTaken }: { of: EnvironmentProtection; isBeingTaken: boolean }) {
  const { environmentId, environmentName, projectName } = of;
  const whyNot = useWhyNot();
  const tell = useTell();
  const queries = useQueryClient();
  const { mutate, error, isPending } = useMutation({
    mutationFn: () => snapback.snapshots.create(environmentId),
    onSuccess: async () => {
      tell(`A snapshot of ${projectName} / ${environmentName} is queued.`);
      await queries.invalidateQueries();
    },
  });
  return (
    <>
      <Button
        size="small"
        busy={isPending}
        reason={whyNot('snapshots:write') ?? (isBeingTaken ? 'One is being taken, or waits to be.' : undefined)}
        onClick={() => mutate()}
      >
        Take a snapshot
      </Button>
      <Equivalents
        of={{
          command: `snapback snapshot create --env ${shellWord(`${projectName}/${environmentName}`)} --wait`,
          method: 'POST',
          path: `/environments/${environmentId}/snapshots`,
        }}
      />
      {error !== null && (
        <div className="basis-full">
          <Failed error={error} />
        </div>
      )}
    </>
  );
}
