import { ListFilter } from 'lucide-react';
import { useState } from 'react';
import { EnvironmentChoice, ProjectChoice } from '../projects/project-choice.js';
import { Button } from '../ui/button.js';
import { Field, inputLook } from '../ui/field.js';
import { FilterText } from '../ui/filter-text.js';
import { Select } from '../ui/select.js';
import type { AuditSearch } from './audit-search.js';
import { OPERATIONS } from './operation-words.js';

interface AuditFiltersProps {
  search: AuditSearch;
  onChange: (part: { [Name in keyof AuditSearch]?: string | undefined }) => void;
  onClear: () => void;
  /** Who stands in the list. */
  actors: readonly string[];
}

const OUTCOMES = [
  { value: '', label: 'Done and refused' },
  { value: 'done', label: 'Only what was done' },
  { value: 'refused', label: 'Only what was refused' },
];

/** What is looked for, which stands in the address. On a phone it is unfolded when somebody wants it. */
export function AuditFiltersBar({ search, onChange, onClear, actors }: AuditFiltersProps) {
  const [isOpen, setOpen] = useState(false);
  const used = Object.keys(search).length;
  return (
    <section aria-label="Filters" className="flex flex-col gap-3">
      <Button className="self-start md:hidden" aria-expanded={isOpen} onClick={() => setOpen((before) => !before)}>
        <ListFilter aria-hidden className="size-4" />
        {used === 0 ? 'Filters' : `Filters (${used})`}
      </Button>
      <div className={`grid gap-3 sm:grid-cols-2 lg:grid-cols-5 ${isOpen ? '' : 'max-md:hidden'}`}>
        <FilterText label="Who" value={search.actor ?? ''} known={actors} onChange={(actor) => onChange({ actor })} />
        <Select
          label="What"
          value={search.operation ?? ''}
          choices={[{ value: '', label: 'Everything' }, ...OPERATIONS]}
          onChoose={(operation) => onChange({ operation })}
        />
        <Select
          label="Outcome"
          value={search.outcome ?? ''}
          choices={OUTCOMES}
          onChoose={(outcome) => onChange({ outcome })}
        />
        <ProjectChoice
          value={search.project}
          all="All projects"
          onChoose={(project) => onChange({ project, environment: undefined })}
        />
        <EnvironmentChoice
          value={search.environment}
          projectId={search.project}
          onChoose={(environment) => onChange({ environment })}
        />
        <Day label="From this day" value={search.since} onChange={(since) => onChange({ since })} />
        <Day label="To this day" value={search.until} onChange={(until) => onChange({ until })} />
        <FilterText
          label="Id of what it was done to"
          value={search.subject ?? ''}
          onChange={(subject) => onChange({ subject })}
        />
        <FilterText
          label="Id of the request"
          value={search.request ?? ''}
          onChange={(request) => onChange({ request })}
        />
        {used > 0 && (
          <Button look="quiet" className="self-end" onClick={onClear}>
            Clear the filters
          </Button>
        )}
      </div>
    </section>
  );
}

function Day({
  label,
  value,
  onChange,
}: {
  label: string;
  value: string | undefined;
  onChange: (day: string) => void;
}) {
  // A time to the second comes from a link: it holds, and is told, until another day is chosen.
  const isDay = value === undefined || /^\d{4}-\d\d-\d\d$/.test(value);
  return (
    <Field label={label} hint={isDay ? undefined : value}>
      {(parts) => (
        <input
          {...parts}
          type="date"
          value={isDay ? (value ?? '') : ''}
          onChange={({ target }) => onChange(target.value)}
          className={inputLook}
        />
      )}
    </Field>
  );
}
