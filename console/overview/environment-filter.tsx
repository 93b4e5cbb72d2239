import { useMemo } from 'react';
import type { EnvironmentProtection, ProtectionDayState } from '../../sdk/typescript/index.js';
import { Button } from '../ui/button.js';
import { inputLook } from '../ui/field.js';
import { DAY, PROTECTION } from '../ui/words.js';
import { DAY_LOOK } from './day-strip.js';
import type { Filter } from './use-filter.js';

interface EnvironmentFilterProps {
  filter: Filter;
  environments: readonly EnvironmentProtection[];
}

/** By words, state and project. */
export function EnvironmentFilter({ filter, environments }: EnvironmentFilterProps) {
  const projects = useMemo(
    () =>
      [...new Map(environments.map(({ projectId, projectName }) => [projectId, projectName]))].toSorted((one, other) =>
        one[1].localeCompare(other[1]),
      ),
    [environments],
  );
  const { state = '', projectId = '' } = filter.wanted;
  return (
    <div role="search" aria-label="Environments" className="flex flex-wrap items-center gap-2">
      <input
        type="search"
        aria-label="Filter by name"
        placeholder="Filter by name…"
        value={filter.text}
        onChange={({ target }) => filter.write(target.value)}
        className={`${inputLook} min-h-9 max-sm:basis-full sm:w-56`}
      />
      <select
        aria-label="Filter by protection"
        value={state}
        onChange={({ target }) => filter.choose({ state: target.value || undefined })}
        className={`${inputLook} min-h-9 w-auto min-w-0 max-sm:flex-1`}
      >
        <option value="">Every state</option>
        {Object.entries(PROTECTION).map(([value, { text }]) => (
          <option key={value} value={value}>
            {text}
          </option>
        ))}
      </select>
      {projects.length > 1 && (
        <select
          aria-label="Filter by project"
          value={projectId}
          onChange={({ target }) => filter.choose({ project: target.value || undefined })}
          className={`${inputLook} min-h-9 w-auto max-w-52 min-w-0 max-sm:flex-1`}
        >
          <option value="">Every project</option>
          {projects.map(([id, name]) => (
            <option key={id} value={id}>
              {name}
            </option>
          ))}
        </select>
      )}
      {filter.isOn && (
        <Button look="quiet" size="small" onClick={filter.clear}>
          Show all
        </Button>
      )}
    </div>
  );
}

const STATES: readonly ProtectionDayState[] = ['proven', 'taken', 'failed', 'nothing'];

/** What the cells of the strips stand for. */
export function DayLegend() {
  return (
    <ul aria-label="What a day is" className="flex flex-wrap items-center gap-x-4 gap-y-1 text-xs text-soft">
      {STATES.map((state) => (
        <li key={state} className="flex items-center gap-1.5">
          <span aria-hidden className={`h-3.5 w-2 rounded-[2px] ${DAY_LOOK[state]}`} />
          {DAY[state].text}
        </li>
      ))}
    </ul>
  );
}
