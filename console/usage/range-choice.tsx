import { getRouteApi } from '@tanstack/react-router';
import { present } from '../address/present.js';
import { ProjectChoice } from '../projects/project-choice.js';
import { Field, inputLook } from '../ui/field.js';
import { useNow } from '../ui/moment.js';
import { Select } from '../ui/select.js';
import { dayOf, lastDays, presetOf, RANGES, type UsageSearch } from './usage-range.js';

const route = getRouteApi('/usage');

/** Which days, and of whom: it stands in the address. */
export function RangeChoice({ range, project }: { range: { from: string; to: string }; project: string | undefined }) {
  const navigate = route.useNavigate();
  const now = Date.parse(dayOf(useNow()));
  const change = (part: { [Name in keyof UsageSearch]?: string | undefined }) =>
    void navigate({ search: (before) => present({ ...before, ...part }), replace: true });
  const preset = presetOf(range, now);
  const presets = RANGES.map((days) => ({ value: String(days), label: `The last ${days} days` }));
  return (
    <section aria-label="Which days, and of whom" className="grid gap-3 sm:grid-cols-2 lg:grid-cols-4">
      <ProjectChoice value={project} all="All projects" onChoose={(id) => change({ project: id })} />
      <Select
        label="Days"
        value={preset}
        choices={preset === 'own' ? [{ value: 'own', label: 'From and to, as chosen' }, ...presets] : presets}
        onChoose={(days) => days !== 'own' && change(lastDays(Number(days), now))}
      />
      <Day label="From (UTC)" value={range.from} onChange={(from) => change({ from, to: range.to })} />
      <Day label="To, included (UTC)" value={range.to} onChange={(to) => change({ from: range.from, to })} />
    </section>
  );
}

function Day({ label, value, onChange }: { label: string; value: string; onChange: (day: string) => void }) {
  return (
    <Field label={label}>
      {(parts) => (
        <input
          {...parts}
          type="date"
          required
          value={value}
          className={inputLook}
          onChange={({ target }) => target.value !== '' && onChange(target.value)}
        />
      )}
    </Field>
  );
}
