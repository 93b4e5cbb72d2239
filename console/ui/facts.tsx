import { Fragment, type ReactNode } from 'react';

/** Names and what they are, in two columns that become one on a phone. */
export function Facts({
  of,
}: {
  of: readonly (readonly [name: string, value: ReactNode])[] | Record<string, ReactNode>;
}) {
  const facts: readonly (readonly [string, ReactNode])[] = Array.isArray(of) ? of : Object.entries(of);
  return (
    <dl className="grid grid-cols-1 gap-x-6 gap-y-1 text-sm sm:grid-cols-[max-content_1fr] sm:items-baseline sm:gap-y-2">
      {facts.map(([name, value]) => (
        <Fragment key={name}>
          <dt className="text-soft max-sm:mt-2">{name}</dt>
          <dd className="numbers">{value}</dd>
        </Fragment>
      ))}
    </dl>
  );
}
