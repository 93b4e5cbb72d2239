import { useVirtualizer } from '@tanstack/react-virtual';
import { useEffect, useEffectEvent, useRef, type ReactNode, type RefObject } from 'react';

export interface Column<Row> {
  name: string;
  /** A column of CSS grid: `minmax(12rem, 2fr)`. */
  width: string;
  align?: 'right';
  /** Left out where there is no room: the row must be understood without. */
  wideOnly?: boolean;
  cell: (row: Row) => ReactNode;
}

interface DataTableProps<Row> {
  label: string;
  columns: readonly Column<Row>[];
  rows: readonly Row[];
  keyOf: (row: Row) => string;
  /** How many there are in all, when not all are here. */
  total?: number;
  /** Called when the end comes near and there is more; undefined: all are here. */
  onEnd?: (() => void) | undefined;
  /** What stands below a row that is opened; undefined for those that are not. */
  detail?: (row: Row) => ReactNode;
  /** In a box that scrolls by itself, however few there are: where something stands below it. */
  boxed?: 'short' | 'tall' | undefined;
}

const ROW_PX = 52;
const HEIGHTS = { short: 'max-h-80', tall: 'max-h-[34rem]', virtual: 'max-h-[70dvh]' };
const OVERSCAN = 8;
/** More is asked for when the end is so near. */
const AHEAD_PX = 20 * ROW_PX;
const LOOK_AGAIN_MS = 1_000;
/** Below this all are drawn: find-in-page finds them. */
const VIRTUAL_FROM = 200;
/** A box shows a few of them anyway. */
const VIRTUAL_FROM_BOXED = 60;

/** A table of however many rows: only those in view are drawn. On a phone each row is a small block, with the names of its columns. */
export function DataTable<Row>({
  label,
  columns,
  rows,
  keyOf,
  total = rows.length,
  onEnd,
  detail,
  boxed,
}: DataTableProps<Row>) {
  const box = useRef<HTMLDivElement>(null);
  const isVirtual = rows.length >= (boxed === undefined ? VIRTUAL_FROM : VIRTUAL_FROM_BOXED);
  const virtualizer = useVirtualizer({
    count: rows.length,
    getScrollElement: () => box.current,
    estimateSize: () => ROW_PX,
    overscan: OVERSCAN,
    enabled: isVirtual,
    getItemKey: (index) => {
      const row = rows[index];
      return row === undefined ? index : keyOf(row);
    },
  });
  const items = virtualizer.getVirtualItems();
  const grid = { gridTemplateColumns: columns.map(({ width }) => width).join(' ') };
  const drawn = isVirtual
    ? items.flatMap(({ index, start }) => {
        const row = rows[index];
        return row === undefined ? [] : [{ row, index, start }];
      })
    : rows.map((row, index) => ({ row, index, start: undefined }));
  return (
    <div
      ref={box}
      role="table"
      aria-label={label}
      aria-rowcount={total + 1}
      tabIndex={isVirtual || boxed !== undefined ? 0 : undefined}
      className={boxed === undefined && !isVirtual ? '' : `overflow-y-auto ${HEIGHTS[boxed ?? 'virtual']}`}
    >
      <div role="rowgroup" className="sticky top-0 z-10 bg-surface max-md:sr-only">
        <div role="row" style={grid} className="grid gap-x-4 border-b px-4 py-2 text-xs font-medium text-soft">
          {columns.map(({ name, align }) => (
            <span key={name} role="columnheader" className={align === 'right' ? 'text-right' : ''}>
              {name}
            </span>
          ))}
        </div>
      </div>
      <div role="rowgroup" className="relative" style={isVirtual ? { height: virtualizer.getTotalSize() } : undefined}>
        {drawn.map(({ row, index, start }) => (
          <div
            key={keyOf(row)}
            role="row"
            aria-rowindex={index + 2}
            data-index={index}
            ref={isVirtual ? virtualizer.measureElement : undefined}
            style={start === undefined ? grid : { ...grid, transform: `translateY(${start}px)` }}
            className={`grid items-center gap-x-4 gap-y-1 border-b px-4 py-3 text-sm last:border-b-0 max-md:!grid-cols-2 ${start === undefined ? '' : 'absolute inset-x-0 top-0'}`}
          >
            {columns.map(({ name, align, wideOnly, cell }, column) => (
              <div
                key={name}
                role="cell"
                className={`numbers min-w-0 ${align === 'right' ? 'md:text-right' : ''} ${wideOnly === true ? 'max-md:hidden' : ''} ${column === 0 ? 'max-md:col-span-2 max-md:font-medium' : ''}`}
              >
                {column > 0 && <span className="mr-2 text-xs text-soft md:hidden">{name}</span>}
                {cell(row)}
              </div>
            ))}
            <Opened>{detail?.(row)}</Opened>
          </div>
        ))}
      </div>
      {onEnd !== undefined && <End key={rows.length} onEnd={onEnd} box={isVirtual ? box : undefined} />}
    </div>
  );
}

function Opened({ children }: { children: ReactNode }) {
  if (children === undefined || children === null) return null;
  return (
    <div role="cell" className="col-span-full min-w-0">
      {children}
    </div>
  );
}

/** Asks for more before anybody sees it. It is made anew with each page, for it may be in view still. */
function End({ onEnd, box }: { onEnd: () => void; box: RefObject<Element | null> | undefined }) {
  const mark = useRef<HTMLParagraphElement>(null);
  const near = useEffectEvent(onEnd);
  useEffect(() => {
    const end = mark.current;
    if (end === null) return undefined;
    const root = box?.current ?? null;
    const observer = new IntersectionObserver(([entry]) => entry?.isIntersecting === true && near(), {
      root,
      rootMargin: `${AHEAD_PX}px`,
    });
    observer.observe(end);
    // It tells of what changes, and who was busy when it told has to be told again.
    const again = setInterval(() => {
      observer.unobserve(end);
      observer.observe(end);
    }, LOOK_AGAIN_MS);
    return () => {
      clearInterval(again);
      observer.disconnect();
    };
  }, [box]);
  return (
    <p ref={mark} aria-hidden className="px-4 py-3 text-center text-sm text-soft">
      Loading more…
    </p>
  );
}
