import { useMutation } from '@tanstack/react-query';
import { useState, type FormEvent } from 'react';
import { snapshotList } from '../../../sdk/typescript/generated/sdk.gen.js';
import { result, type Snapshot } from '../../../sdk/typescript/index.js';
import { client } from '../../api/snapback.js';
import { Button } from '../../ui/button.js';
import { Failed } from '../../ui/failed.js';
import { Field, inputLook } from '../../ui/field.js';
import { useNow } from '../../ui/moment.js';
import { newestTakenBy, PAGE_SIZE } from './taken-by.js';
import { momentIn, wallIn } from '../../ui/zoned-time.js';

interface SnapshotByTimeProps {
  environmentId: string;
  zone: string;
  choose: (snapshot: Snapshot) => void;
}

/** Who knows when it still was as it should be names the time. */
export function SnapshotByTime({ environmentId, zone, choose }: SnapshotByTimeProps) {
  const now = useNow();
  const [wall, setWall] = useState('');
  const [problem, setProblem] = useState<string>();
  const find = useMutation({
    mutationFn: async (time: Date) => {
      const load = (page: number) =>
        result(
          snapshotList({
            client,
            path: { environmentId },
            query: { status: 'completed', limit: PAGE_SIZE, offset: page * PAGE_SIZE },
          }),
        );
      return newestTakenBy(load, time.getTime());
    },
    onSuccess: (found) => {
      if (found === undefined) setProblem('No snapshot that can come back was taken by then.');
      else choose(found);
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const time = momentIn(zone, wall);
    setProblem(time === undefined ? 'Say a day and a time.' : undefined);
    if (time !== undefined) find.mutate(time);
  };
  return (
    <form onSubmit={submit} className="flex flex-col gap-2">
      <Field label="Or the newest that was taken by" hint={`Clocks of ${zone}`} error={problem}>
        {(parts) => (
          <div className="flex gap-2">
            <input
              {...parts}
              type="datetime-local"
              max={wallIn(zone, now)}
              value={wall}
              onChange={(event) => setWall(event.target.value)}
              className={inputLook}
            />
            <Button type="submit" busy={find.isPending}>
              Find
            </Button>
          </div>
        )}
      </Field>
      {find.error !== null && <Failed error={find.error} />}
    </form>
  );
}
