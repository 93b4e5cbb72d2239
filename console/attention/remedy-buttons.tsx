import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { Operation } from '../../sdk/typescript/index.js';
import { useWhyNot } from '../session/use-access.js';
import { Button } from '../ui/button.js';
import { Dialog } from '../ui/dialog.js';
import { Equivalents } from '../ui/equivalents.js';
import { Failed } from '../ui/failed.js';
import { Notice } from '../ui/notice.js';
import { useTell } from '../ui/toasts.js';
import { remediesOf, type Remedy } from './remedies.js';

/** What one can do about an operation that needs a person; each is asked about before it is done. */
export function RemedyButtons({ of }: { of: Operation }) {
  return remediesOf(of).map((remedy) => <RemedyButton key={remedy.label} of={of} remedy={remedy} />);
}

function RemedyButton({ of: { id, reason }, remedy }: { of: Operation; remedy: Remedy }) {
  const [isAsked, setAsked] = useState(false);
  const tell = useTell();
  const queries = useQueryClient();
  const whyNot = useWhyNot();
  const { mutate, error, isPending, reset } = useMutation({
    mutationFn: () => remedy.run(id),
    onSuccess: async () => {
      setAsked(false);
      tell(remedy.done);
      await queries.invalidateQueries();
    },
  });
  const close = () => {
    setAsked(false);
    reset();
  };
  return (
    <>
      <Button size="small" reason={whyNot(remedy.permission)} onClick={() => setAsked(true)}>
        {remedy.label}
      </Button>
      <Dialog open={isAsked} onClose={close} title={remedy.question} about={remedy.about}>
        {reason !== null && <Notice tone="plain">{reason.message}</Notice>}
        {error !== null && <Failed error={error} />}
        <div className="flex flex-wrap items-center justify-end gap-2">
          <Equivalents of={remedy.equivalent(id)} />
          <Button onClick={close}>Not now</Button>
          <Button look={remedy.isGrave ? 'danger' : 'primary'} busy={isPending} onClick={() => mutate()}>
            {remedy.label}
          </Button>
        </div>
      </Dialog>
    </>
  );
}
