import type { AuditEntry } from '../../sdk/typescript/index.js';
import { bytes, exact } from '../ui/amounts.js';
import { OWN_ZONE } from '../ui/moment.js';

/** Each property that was changed, as it was and as it is. Of what is new or gone there is one side. */
export function ChangedProperties({ before, after }: Pick<AuditEntry, 'before' | 'after'>) {
  const names = [...new Set([...Object.keys(before ?? {}), ...Object.keys(after ?? {})])];
  if (names.length === 0) return <p className="text-sm text-soft">The entry has no properties.</p>;
  const sides = [
    ...(before === null ? [] : [['Before', before] as const]),
    ...(after === null ? [] : [['After', after] as const]),
  ];
  return (
    <div className="overflow-x-auto" tabIndex={0} role="group" aria-label="What was changed">
      <table className="w-full text-left text-sm">
        <thead className="text-xs text-soft">
          <tr>
            <th scope="col" className="py-1 pr-4 font-medium">
              Property
            </th>
            {sides.map(([side]) => (
              <th key={side} scope="col" className="py-1 pr-4 font-medium">
                {before === null ? 'Created as' : after === null ? 'As it was' : side}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {names.map((name) => (
            <tr key={name} className="border-t align-top">
              <th scope="row" className="py-1.5 pr-4 font-mono text-xs font-normal">
                {name}
              </th>
              {sides.map(([side, state]) => (
                <td key={side} className="numbers py-1.5 pr-4">
                  <Value name={name} value={state[name]} />
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

const TIME = /^\d{4}-\d\d-\d\dT[\d:.]+Z$/;

function Value({ name, value }: { name: string; value: unknown }) {
  if (value === undefined || value === null || value === '') return <span className="text-soft">nothing</span>;
  if (typeof value === 'string') return TIME.test(value) ? exact(new Date(value), OWN_ZONE) : value;
  if (typeof value === 'number' && name.endsWith('Bytes')) return `${bytes(value)} (${value})`;
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  return <pre className="font-mono text-xs whitespace-pre-wrap">{JSON.stringify(value, null, 2)}</pre>;
}
