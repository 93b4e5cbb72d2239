import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { Operation } from '../../sdk/typescript/index.js';
import { useWhyNot } from '../session/use-access.js';
import { Button } from '../ui/button.js';
import { ConfirmDialog } from '../ui/confirm-dialog.js';
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
  const done = () => {
    tell(remedy.done);
    void queries.invalidateQueries();
  };
  return (
    <>
      <Button size="small" reason={whyNot(remedy.permission)} onClick={() => setAsked(true)}>
        {remedy.label}
      </Button>
      <ConfirmDialog
        open={isAsked}
        onClose={() => setAsked(false)}
        title={remedy.question}
        about={remedy.about}
        verb={remedy.label}
        look={remedy.isGrave ? 'danger' : 'primary'}
        equivalent={remedy.equivalent(id)}
        act={() => remedy.run(id)}
        onDone={done}
      >
        {reason !== null && <Notice tone="plain">{reason.message}</Notice>}
      </ConfirmDialog>
    </>
  );
}
