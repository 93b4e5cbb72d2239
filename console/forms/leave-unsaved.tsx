import { useBlocker } from '@tanstack/react-router';
import { Button } from '../ui/button.js';
import { Dialog } from '../ui/dialog.js';

/** Asks before what somebody has written is lost. */
export function LeaveUnsaved({ isUnsaved }: { isUnsaved: boolean }) {
  const { status, proceed, reset } = useBlocker({
    shouldBlockFn: () => isUnsaved,
    enableBeforeUnload: isUnsaved,
    withResolver: true,
  });
  if (status !== 'blocked') return null;
  return (
    <Dialog open onClose={reset} title="Leave without saving?" about="What you have changed on this page is not saved.">
      <div className="flex justify-end gap-2">
        <Button onClick={proceed}>Leave</Button>
        <Button look="primary" onClick={reset}>
          Stay
        </Button>
      </div>
    </Dialog>
  );
}
