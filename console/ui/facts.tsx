import { Fragment, type ReactNode } from 'react';

export type Fact = readonly [name: string, value: ReactNode];

/** Names and what they are, in two columns that become one on a phone. What is false is left out. */
export function Facts({ of }: { of: readonly (Fact | false)[] | Record<string, ReactNode> }) {
  const facts: readonly (Fact | false)[] = Array.isArray(of) ? of : Object.entries(of);
  return (
    <dl className="grid grid-cols-1 gap-x-6 gap-y-1 text-sm sm:grid-cols-[max-content_1fr] sm:items-baseline sm:gap-y-2">
      {facts
        .filter((fact) => fact !== false)
        .map(([name, value]) => (
          <Fragment key={name}>
            <dt className="text-soft max-sm:mt-2">{name}</dt>
            <dd className="numbers">{value}</dd>
          </Fragment>
        ))}
    </dl>
  );
}
