import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { SnapshotExport } from '../../sdk/typescript/index.js';
import { snapback } from '../api/snapback.js';
import { useWhyNot } from '../session/use-access.js';
import { Button } from '../ui/button.js';
import { ConfirmDialog } from '../ui/confirm-dialog.js';
import { useTell } from '../ui/toasts.js';

/** The button that removes the file before its time is over, and the question behind it. */
export function RemoveExport({ of: { id, environmentId, fileName } }: { of: SnapshotExport }) {
  const [isAsked, setAsked] = useState(false);
  const whyNot = useWhyNot();
  const queries = useQueryClient();
  const tell = useTell();
  return (
    <>
      <Button size="small" reason={whyNot('snapshots:write')} onClick={() => setAsked(true)}>
        Remove…
      </Button>
      <ConfirmDialog
        open={isAsked}
        onClose={() => setAsked(false)}
        title="Remove this file?"
        about={
          <>
            <span className="wrap-anywhere">{fileName}</span> goes at once. The snapshot stays as it is, and can be
            exported again.
          </>
        }
        verb="Remove it"
        look="danger"
        equivalent={{
          command: `snapback exports rm ${id.slice(0, 8)} --env ${environmentId}`,
          method: 'DELETE',
          path: `/environments/${environmentId}/exports/${id}`,
        }}
        act={() => snapback.exports.delete(environmentId, id)}
        onDone={() => {
          tell('The file is removed.');
          void queries.invalidateQueries();
        }}
      />
    </>
  );
}
