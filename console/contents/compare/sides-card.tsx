import { Link } from '@tanstack/react-router';
import { ArrowLeftRight } from 'lucide-react';
import { useState, type ReactNode } from 'react';
import type { Snapshot } from '../../../sdk/typescript/index.js';
import { useEnvironmentsOf } from '../../projects/use-projects.js';
import { takenAt } from '../../rollback/choice/taken-by.js';
import type { Where } from '../../snapshot/naming.js';
import { toTheMinute } from '../../ui/amounts.js';
import { Button, buttonLook } from '../../ui/button.js';
import { Card } from '../../ui/card.js';
import { linkLook } from '../../ui/link.js';
import { Moment } from '../../ui/moment.js';
import { ShortId } from '../../ui/short-id.js';
import { ChooseOther } from './choose-other.js';
import { turned, type CompareSearch } from './pair.js';
import type { Other } from './use-other.js';

interface SidesCardProps {
  from: Snapshot;
  to: Other;
  /** Which the other one is looked for in. */
  environmentId: string;
  part: string | undefined;
  where: Where;
  choose: (search: CompareSearch) => void;
}

/** Which two are compared, which way round, and how to have it otherwise. */
export function SidesCard({ from, to, environmentId, part, where, choose }: SidesCardProps) {
  const [isOpen, setOpen] = useState(false);
  const environments = useEnvironmentsOf(where.projectId).all;
  const nameOf = (id: string) => environments.find((one) => one.id === id)?.name;
  return (
    <Card
      title="Which two"
      aside={
        <div className="flex flex-wrap gap-2 print:hidden">
          <Turn from={from} to={to.snapshot} part={part} projectId={where.projectId} />
          <Button size="small" onClick={() => setOpen(true)}>
            Choose<span className="sr-only"> the other snapshot</span>
          </Button>
        </div>
      }
    >
      <dl className="grid gap-3 sm:grid-cols-2">
        <Side name="From" about="What is here only was removed.">
          <SideOf snapshot={from} where={where} environmentName={undefined} />
        </Side>
        <Side name="To" about="What is here only was added.">
          {to.snapshot === undefined ? (
            <Unknown to={to} />
          ) : (
            <SideOf
              snapshot={to.snapshot}
              where={where}
              environmentName={to.snapshot.environmentId === from.environmentId ? undefined : nameOf(environmentId)}
            />
          )}
        </Side>
      </dl>
      <ChooseOther
        isOpen={isOpen}
        close={() => setOpen(false)}
        {...{ from, environments, environmentId, choose }}
        chosenId={to.id ?? undefined}
        zone={where.zone}
      />
    </Card>
  );
}

function Side({ name, about, children }: { name: string; about: string; children: ReactNode }) {
  return (
    <div className="min-w-0 rounded-small border px-3 py-2 text-sm">
      <dt className="text-xs text-soft">
        <span className="font-medium text-ink">{name}</span> · {about}
      </dt>
      <dd className="mt-1">{children}</dd>
    </div>
  );
}

interface SideOfProps {
  snapshot: Snapshot;
  where: Where;
  /** Said of the one that is of another environment. */
  environmentName: string | undefined;
}

function SideOf({ snapshot, where: { projectId, zone }, environmentName }: SideOfProps) {
  const taken = takenAt(snapshot);
  return (
    <>
      <Link
        to="/projects/$projectId/environments/$environmentId/snapshots/$snapshotId"
        params={{ projectId, environmentId: snapshot.environmentId, snapshotId: snapshot.id }}
        className={`font-medium ${linkLook}`}
      >
        {snapshot.label === null ? (
          <code className="font-mono">{snapshot.id.slice(0, 8)}</code>
        ) : (
          <bdi>{snapshot.label}</bdi>
        )}
      </Link>
      <span className="numbers block text-soft">
        {toTheMinute(new Date(taken), zone)} · <Moment at={taken} zone={zone} />
        {environmentName !== undefined && (
          <>
            {' · '}of <bdi>{environmentName}</bdi>
          </>
        )}
      </span>
    </>
  );
}

function Unknown({ to: { id, isPending } }: { to: Other }) {
  if (id === null) return <span className="text-soft">there is none</span>;
  if (isPending || id === undefined) return <span className="text-soft">…</span>;
  return (
    <>
      <ShortId id={id} />
      <span className="block text-soft">of another environment, or gone</span>
    </>
  );
}

interface TurnProps {
  from: Snapshot;
  to: Snapshot | undefined;
  part: string | undefined;
  projectId: string;
}

function Turn({ from, to, part, projectId }: TurnProps) {
  if (to === undefined || to.id === from.id) return null;
  const { search, ...ids } = turned(from, to);
  return (
    <Link
      to="/projects/$projectId/environments/$environmentId/snapshots/$snapshotId/compare"
      params={{ projectId, ...ids }}
      search={{ ...search, ...(part !== undefined && { part }) }}
      resetScroll={false}
      className={buttonLook({ size: 'small' })}
    >
      <ArrowLeftRight aria-hidden className="size-4" />
      Turn round
    </Link>
  );
}
