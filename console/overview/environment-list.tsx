import { useWindowVirtualizer } from '@tanstack/react-virtual';
import { useLayoutEffect, useMemo, useRef, useState, type RefObject } from 'react';
import { linesOf, type Line, type Project } from './arrange.js';
import { COLUMNS, EnvironmentRow, GRID } from './environment-row.js';

/** Below this all are drawn: find-in-page finds them. */
const VIRTUAL_FROM = 60;
const LINE_PX = { project: 44, environment: 60 };
const OVERSCAN = 4;

/** Projects with their environments. It scrolls with the page; of many, only those in view are drawn. */
export function EnvironmentList({ projects }: { projects: readonly Project[] }) {
  const lines = useMemo(() => linesOf(projects), [projects]);
  const isVirtual = lines.length >= VIRTUAL_FROM;
  const body = useRef<HTMLDivElement>(null);
  const above = useTopOf(body);
  const virtualizer = useWindowVirtualizer({
    count: lines.length,
    estimateSize: (index) => LINE_PX[lines[index]?.kind ?? 'environment'],
    getItemKey: (index) => lines[index]?.key ?? index,
    overscan: OVERSCAN,
    scrollMargin: above,
    enabled: isVirtual,
  });
  const drawn = isVirtual
    ? virtualizer.getVirtualItems().map(({ index, start }) => ({ index, top: start - above }))
    : lines.map((_, index) => ({ index, top: undefined }));
  return (
    <div
      role="table"
      aria-label="Environments"
      aria-rowcount={lines.length + 1}
      className="rounded-box border bg-surface"
    >
      <div role="rowgroup" className="max-lg:sr-only">
        <div role="row" aria-rowindex={1} className={`${GRID} border-b px-4 py-2 text-xs font-medium text-soft`}>
          {COLUMNS.map((name) => (
            <span key={name} role="columnheader" className="last:text-right">
              {name}
            </span>
          ))}
        </div>
      </div>
      <div
        ref={body}
        role="rowgroup"
        className="relative"
        style={isVirtual ? { height: virtualizer.getTotalSize() } : undefined}
      >
        {drawn.map(({ index, top }) => {
          const line = lines[index];
          if (line === undefined) return null;
          return (
            <div
              key={line.key}
              role="row"
              aria-rowindex={index + 2}
              data-index={index}
              ref={isVirtual ? virtualizer.measureElement : undefined}
              style={top === undefined ? undefined : { transform: `translateY(${top}px)` }}
              className={`${top === undefined ? '' : 'absolute inset-x-0 top-0'} ${LOOK[line.kind]}`}
            >
              <LineContent of={line} />
            </div>
          );
        })}
      </div>
    </div>
  );
}

const LOOK: Record<Line['kind'], string> = {
  project: 'border-b bg-sunken px-4 py-2',
  environment: `flex flex-wrap items-center gap-x-4 gap-y-2 border-b px-4 py-3 last:border-b-0 ${GRID}`,
};

function LineContent({ of }: { of: Line }) {
  if (of.kind === 'environment') return <EnvironmentRow of={of.environment} />;
  const { name, environments } = of.project;
  return (
    <div role="cell" aria-colspan={COLUMNS.length} className="flex items-baseline justify-between gap-4">
      <h3 className="min-w-0 text-sm">{name}</h3>
      <span className="numbers shrink-0 text-xs text-soft">
        {environments.length === 1 ? '1 environment' : `${environments.length} environments`}
      </span>
    </div>
  );
}

/** How far below the beginning of the page something is. What stands above it comes and goes, such as what runs. */
function useTopOf(element: RefObject<HTMLElement | null>): number {
  const [top, setTop] = useState(0);
  useLayoutEffect(() => {
    const look = () => setTop(Math.round((element.current?.getBoundingClientRect().top ?? 0) + window.scrollY));
    look();
    const observer = new ResizeObserver(look);
    observer.observe(document.body);
    return () => observer.disconnect();
  }, [element]);
  return top;
}
