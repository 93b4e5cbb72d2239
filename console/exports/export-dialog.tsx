import { useMutation, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { Snapshot } from '../../sdk/typescript/index.js';
import { PAGE_LIMIT } from '../api/pages.js';
import { snapback } from '../api/snapback.js';
import { useMay, useWhyNot } from '../session/use-access.js';
import type { Where } from '../snapshot/naming.js';
import { Button } from '../ui/button.js';
import { Dialog } from '../ui/dialog.js';
import { Equivalents } from '../ui/equivalents.js';
import { Failed } from '../ui/failed.js';
import { Select } from '../ui/select.js';
import {
  equivalentOf,
  FORMATS,
  hasRules,
  LAYOUTS,
  requestFor,
  withLayout,
  type Asked,
  type Format,
  type Layout,
} from './export-asked.js';

interface ExportDialogProps {
  snapshot: Snapshot;
  where: Where;
  onClose: () => void;
  onBegun: () => void;
}

const AS_CAPTURED = '';

/** What the file is to be, for whom, and whether its data is made harmless. */
export function ExportDialog({ snapshot, where, onClose, onBegun }: ExportDialogProps) {
  const [asked, setAsked] = useState<Asked>({ format: 'zip', layout: 'plain', neutralizeFor: undefined });
  const whyNot = useWhyNot();
  const harmless = useHarmless(snapshot, where);
  // Who may not see what kind of environment it is may have its data only as of production.
  const whyNotAsCaptured =
    (where.environmentType ?? 'production') === 'production' ? whyNot('environments:write') : undefined;
  const { mutate, error, isPending } = useMutation({
    mutationFn: () => snapback.exports.create(where.environmentId, snapshot.id, requestFor(asked)),
    onSuccess: onBegun,
  });
  const reason =
    asked.neutralizeFor === undefined && whyNotAsCaptured !== undefined
      ? `${whyNotAsCaptured} Without it, data of production is exported only when it is made harmless.`
      : undefined;
  return (
    <Dialog
      open
      onClose={onClose}
      closable={!isPending}
      title="Export this snapshot"
      about="It is written as one file, which is kept for a while and can be downloaded here. Nothing live is touched; the environment's server has more to do meanwhile."
    >
      <form
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          if (reason === undefined && !isPending) mutate();
        }}
      >
        <Select
          label="For what"
          value={asked.layout}
          choices={choicesOf(LAYOUTS)}
          onChoose={(layout) => setAsked(withLayout(asked, layout as Layout))}
          hint={LAYOUTS[asked.layout].about}
        />
        <Select
          label="Archive"
          value={asked.format}
          choices={choicesOf(FORMATS)}
          disabled={asked.layout === 'odoo'}
          onChoose={(format) => setAsked({ ...asked, format: format as Format })}
          hint={FORMATS[asked.format].about}
        />
        <Select
          label="Made harmless"
          value={asked.neutralizeFor?.id ?? AS_CAPTURED}
          choices={[
            { value: AS_CAPTURED, label: 'no, as it was captured' },
            ...harmless.map(({ id, name }) => ({ value: id, label: `as for ${name}` })),
          ]}
          onChoose={(id) => setAsked({ ...asked, neutralizeFor: harmless.find((one) => one.id === id) })}
          hint="As a rollback into that environment would do it, by its neutralizeSql and neutralizePaths. An environment without such rules is not offered."
        />
        {error !== null && <Failed error={error} />}
        <div className="flex flex-wrap items-center justify-end gap-2">
          <span className="mr-auto">
            <Equivalents of={equivalentOf(asked, snapshot, where)} />
          </span>
          <Button onClick={onClose}>Leave it</Button>
          <Button type="submit" look="primary" busy={isPending} reason={reason}>
            Export
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

/** The environments of the project by whose rules it can be made harmless. */
function useHarmless(snapshot: Snapshot, { projectId }: Where) {
  const may = useMay('environments:read');
  const { data = [] } = useQuery({
    enabled: may,
    queryKey: ['environmentsOf', projectId],
    queryFn: ({ signal }) => snapback.environments.list(projectId, { pageSize: PAGE_LIMIT, signal }).toArray(),
  });
  return data.filter((environment) => hasRules(environment, snapshot));
}

function choicesOf(of: Record<string, { text: string }>) {
  return Object.entries(of).map(([value, { text }]) => ({ value, label: text }));
}
