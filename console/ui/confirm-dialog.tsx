import { useMutation } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { Button } from './button.js';
import { Dialog } from './dialog.js';
import { Equivalents, type Equivalent } from './equivalents.js';
import { Failed } from './failed.js';

interface ConfirmDialogProps {
  open: boolean;
  onClose: () => void;
  title: string;
  /** What it does, before anybody presses it. */
  about?: ReactNode;
  /** On the button: a verb. */
  verb: string;
  look?: 'primary' | 'danger';
  /** Why it cannot be done: the button says so. */
  reason?: string | undefined;
  equivalent: Equivalent;
  act: () => Promise<unknown>;
  /** When it has gone well; the dialog is closed. */
  onDone: () => void;
  children?: ReactNode;
}

/** Says what an action does, and does it; what the service has against it stays in the dialog. */
export function ConfirmDialog({ open, onClose, about, verb, look = 'primary', ...rest }: ConfirmDialogProps) {
  const { title, reason, equivalent, act, onDone, children } = rest;
  const { mutate, reset, error, isPending } = useMutation({ mutationFn: act });
  const close = () => {
    onClose();
    reset();
  };
  const done = () => {
    close();
    onDone();
  };
  return (
    <Dialog open={open} onClose={close} title={title} about={about}>
      {children}
      {error !== null && <Failed error={error} />}
      <div className="flex items-center justify-end gap-2">
        <span className="mr-auto">
          <Equivalents of={equivalent} />
        </span>
        <Button onClick={close}>Leave it</Button>
        <Button look={look} reason={reason} busy={isPending} onClick={() => mutate(undefined, { onSuccess: done })}>
          {verb}
        </Button>
      </div>
    </Dialog>
  );
}
