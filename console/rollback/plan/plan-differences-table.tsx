import type { PlanDifference } from './plan-differences.js';

/** Then and now, side by side. */
export function PlanDifferences({ of }: { of: readonly PlanDifference[] }) {
  return (
    <table className="mt-2 w-full table-fixed border-collapse text-left text-sm text-ink">
      <thead className="text-xs text-soft">
        <tr>
          <th className="w-1/4 py-1 pr-3 font-medium">What</th>
          <th className="py-1 pr-3 font-medium">As you saw it</th>
          <th className="py-1 font-medium">As it is now</th>
        </tr>
      </thead>
      <tbody>
        {of.map(({ what, before, now }, index) => (
          <tr key={`${what} ${index}`} className="border-t align-top">
            <th scope="row" className="py-1 pr-3 font-medium wrap-anywhere">
              {what}
            </th>
            <td className="py-1 pr-3">{before}</td>
            <td className="py-1">{now}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
