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
  return (
    <div role="search" aria-label="Environments" className="flex flex-wrap items-center gap-2 max-sm:w-full">
      <div className="w-52 max-sm:w-full">
        <input
          type="search"
          aria-label="Filter by name"
          placeholder="Filter by name…"
          value={filter.text}
          onChange={({ target }) => filter.write(target.value)}
          className={inputLook}
        />
      </div>
      <Choice
        label="Filter by protection"
        all="Every state"
        value={filter.wanted.state}
        options={Object.entries(PROTECTION).map(([value, { text }]) => [value, text])}
        onChoose={(state) => filter.choose({ state })}
      />
      {projects.length > 1 && (
        <Choice
          label="Filter by project"
          all="Every project"
          value={filter.wanted.projectId}
          options={projects}
          onChoose={(project) => filter.choose({ project })}
        />
      )}
      {filter.isOn && (
        <Button look="quiet" size="small" onClick={filter.clear}>
          Show all
        </Button>
      )}
    </div>
  );
}

interface ChoiceProps {
  label: string;
  all: string;
  value: string | undefined;
  options: readonly (readonly [value: string, text: string])[];
  onChoose: (value: string | undefined) => void;
}

function Choice({ label, all, value = '', options, onChoose }: ChoiceProps) {
  return (
    <div className="w-40 max-sm:w-auto max-sm:flex-1">
      <select
        aria-label={label}
        value={value}
        onChange={({ target }) => onChoose(target.value === '' ? undefined : target.value)}
        className={`${inputLook} truncate`}
      >
        <option value="">{all}</option>
        {options.map(([option, text]) => (
          <option key={option} value={option}>
            {text}
          </option>
        ))}
      </select>
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
