import { Link } from '@tanstack/react-router';
import { memo, type ReactNode } from 'react';
import type { EnvironmentProtection } from '../../sdk/typescript/index.js';
import { duration } from '../ui/amounts.js';
import { Badge } from '../ui/badge.js';
import { linkLook } from '../ui/link.js';
import { Moment } from '../ui/moment.js';
import { WithTooltip } from '../ui/tooltip.js';
import { PROTECTION, STANDBY, type Word } from '../ui/words.js';
import { DayStrip } from './day-strip.js';

/** From where on there is room for columns; before, each environment is a small block. */
export const GRID =
  'lg:grid lg:grid-cols-[minmax(8rem,1.3fr)_8rem_7.5rem_7.5rem_minmax(13rem,1.5fr)_5rem_5.5rem] lg:items-center lg:gap-x-4';

export const COLUMNS = [
  'Environment',
  'Protection',
  'Newest proven',
  'Newest snapshot',
  'Last 30 days',
  'Standby',
  'Rollback takes',
] as const;

/** One environment of the list. Nothing of it is drawn again while it stays as it is. */
export const EnvironmentRow = memo(function EnvironmentRow({ of }: { of: EnvironmentProtection }) {
  const { projectId, environmentId, environmentName, environmentType, history, expectedRollbackSeconds } = of;
  return (
    <>
      <div role="cell" className="min-w-0 max-lg:grow">
        <Link
          to="/projects/$projectId/environments/$environmentId"
          params={{ projectId, environmentId }}
          className={`${linkLook} text-sm font-medium wrap-anywhere`}
        >
          {environmentName}
        </Link>
        {environmentName !== environmentType && <span className="ml-2 text-xs text-soft">{environmentType}</span>}
      </div>
      <div role="cell">
        <Told word={PROTECTION[of.state]} about={of.reason?.message ?? PROTECTION[of.state].about} />
      </div>
      <Fact name="Newest proven">
        <Moment at={of.lastProvenAt} />
      </Fact>
      <Fact name="Newest snapshot">
        <Moment at={of.lastSuccessfulAt} />
      </Fact>
      <div role="cell" className="max-lg:order-1 max-lg:basis-full">
        {history !== null && history.length > 0 && <DayStrip days={history} />}
      </div>
      <Fact name="Standby">
        <Standby of={of.standby} />
      </Fact>
      <Fact name="Rollback takes" isRight>
        {expectedRollbackSeconds === null ? (
          <span className="text-soft">–</span>
        ) : (
          duration(expectedRollbackSeconds * 1000)
        )}
      </Fact>
    </>
  );
});

function Fact({ name, isRight = false, children }: { name: string; isRight?: boolean; children: ReactNode }) {
  return (
    <div
      role="cell"
      className={`numbers text-sm max-lg:order-2 max-lg:basis-[calc(50%-0.5rem)] sm:max-lg:basis-[calc(25%-0.75rem)] ${isRight ? 'lg:text-right' : ''}`}
    >
      <span className="block text-xs text-soft lg:hidden">{name}</span>
      {children}
    </div>
  );
}

function Standby({ of: { state } }: { of: EnvironmentProtection['standby'] }) {
  const { text, tone, about } = STANDBY[state];
  return tone === 'plain' ? <span className="text-soft">{text}</span> : <Told word={{ text, tone }} about={about} />;
}

function Told({ word: { text, tone }, about }: { word: Word; about: string }) {
  return (
    <WithTooltip text={about}>
      <span tabIndex={0} className="inline-flex rounded-full">
        <Badge tone={tone}>{text}</Badge>
      </span>
    </WithTooltip>
  );
}
