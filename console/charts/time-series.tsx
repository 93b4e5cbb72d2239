import { useEffect, useRef, useState } from 'react';
import uPlot from 'uplot';
import { tokenColour, useColourScheme, type ColourToken } from './token-colours.js';

export interface Series {
  name: string;
  colour: ColourToken;
  /** Told apart by more than colour: whole, dashed, or as bars. */
  look: 'line' | 'area' | 'dashed' | 'bars';
  /** One for each time; null where nobody knows. */
  values: readonly (number | null)[];
}

interface TimeSeriesProps {
  /** What it shows, for whoever does not see it. */
  label: string;
  /** In seconds since 1970, ascending. */
  times: readonly number[];
  series: readonly Series[];
  format: (value: number) => string;
  /** How a time is told where somebody points. */
  formatTime: (seconds: number) => string;
  /** Whose days stand below it; those of the service are in UTC, wherever somebody looks. */
  zone?: string;
  height?: number;
  /** Charts with the same one show what is pointed at together. */
  together?: string;
}

const BARS = uPlot.paths.bars?.({ size: [0.7, 24], align: 0 });
const FONT = '12px system-ui, sans-serif';

/** Amounts over time, with a legend that tells what is pointed at. Loaded when it is needed: `lazy(() => import(…))`. */
export default function TimeSeries(props: TimeSeriesProps) {
  // Drawn anew in other colours.
  return <Plot key={useColourScheme()} {...props} />;
}

function Plot({ label, height = 220, ...what }: TimeSeriesProps) {
  const box = useRef<HTMLDivElement>(null);
  const [pointed, setPointed] = useState<number | null>(null);
  const { times, series, format, formatTime, together, zone = 'Etc/UTC' } = what;
  useEffect(() => {
    const { current } = box;
    if (current === null) return undefined;
    const plot = new uPlot(
      {
        ...optionsOf(current, { times, series, format, together, zone }),
        width: current.clientWidth,
        height,
        hooks: { setCursor: [({ cursor }) => setPointed(cursor.idx ?? null)] },
      },
      [[...times], ...series.map(({ values }) => [...values])],
      current,
    );
    const watch = new ResizeObserver(() => plot.setSize({ width: current.clientWidth, height }));
    watch.observe(current);
    return () => {
      watch.disconnect();
      plot.destroy();
    };
  }, [times, series, format, together, zone, height]);
  const shown = pointed ?? times.length - 1;
  const time = times[shown];
  return (
    <figure>
      <div ref={box} role="img" aria-label={label} className="min-w-0" style={{ minHeight: height }} />
      <figcaption className="mt-2 flex flex-wrap gap-x-6 gap-y-1 text-sm">
        {series.map(({ name, colour, look, values }) => (
          <span key={name} className="flex items-center gap-2">
            <Swatch colour={colour} look={look} />
            <span className="text-soft">{name}</span>
            <span className="numbers font-medium">{told(values[shown], format)}</span>
          </span>
        ))}
        {time !== undefined && <span className="numbers text-soft">{formatTime(time)}</span>}
      </figcaption>
    </figure>
  );
}

function told(value: number | null | undefined, format: (value: number) => string): string {
  return value === null || value === undefined ? 'not known' : format(value);
}

function Swatch({ colour, look }: Pick<Series, 'colour' | 'look'>) {
  const color = `var(--color-${colour})`;
  return look === 'bars' ? (
    <span aria-hidden className="inline-block h-3 w-2.5 rounded-[2px]" style={{ background: color }} />
  ) : (
    <span
      aria-hidden
      className="inline-block w-5 border-t-2"
      style={{ borderColor: color, borderStyle: look === 'dashed' ? 'dashed' : 'solid' }}
    />
  );
}

function optionsOf(
  within: HTMLElement,
  {
    times,
    series,
    format,
    together,
    zone,
  }: Pick<TimeSeriesProps, 'times' | 'series' | 'format' | 'together'> & {
    zone: string;
  },
): Omit<uPlot.Options, 'width' | 'height'> {
  const [ink, line] = [tokenColour(within, 'soft'), tokenColour(within, 'line')];
  const axis = { stroke: ink, font: FONT, grid: { stroke: line, width: 1 }, ticks: { stroke: line, width: 1 } };
  const day = new Intl.DateTimeFormat('en-GB', { timeZone: zone, day: 'numeric', month: 'short' });
  return {
    tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), zone),
    legend: { show: false },
    cursor: { y: false, drag: { x: false, y: false }, ...(together !== undefined && { sync: { key: together } }) },
    scales: {
      x: { range: padded(times) },
      y: { range: (_, _least, most) => [0, most > 0 ? most * 1.08 : 1] },
    },
    axes: [
      { ...axis, grid: { show: false }, space: 64, values: (_, ticks) => ticks.map((tick) => day.format(tick * 1000)) },
      { ...axis, size: 78, values: (_, ticks) => ticks.map((tick) => round(format(tick))), splits: binarySplits },
    ],
    series: [
      {},
      ...series.map(({ name, colour, look }) => {
        const stroke = tokenColour(within, colour);
        return {
          label: name,
          stroke,
          width: look === 'bars' ? 0 : 2,
          points: { show: false },
          ...(look === 'dashed' && { dash: [6, 4] }),
          ...(look === 'area' && { fill: tokenColour(within, 'accent-soft') }),
          ...(look === 'bars' && { fill: stroke, ...(BARS !== undefined && { paths: BARS }) }),
        };
      }),
    ],
  };
}

/** `16.0 GiB` is 16 on an axis, where all are whole. */
const round = (text: string) => text.replace(/\.0+(?= )/, '');

/** Half a step at each end, so that no bar is cut; a day at each of a single one. */
function padded(times: readonly number[]): [number, number] {
  const [first = 0, last = first] = [times[0], times.at(-1)];
  const step = times.length < 2 ? DAY_SECONDS : ((times[1] ?? 0) - first) / 2;
  return [first - step, last + step];
}

const DAY_SECONDS = 86_400;
const MOST_SPLITS = 5;

/** Round amounts of bytes are powers of two, and few of them. */
function binarySplits(_plot: uPlot, _axis: number, _least: number, most: number): number[] {
  let step = 2 ** Math.ceil(Math.log2(Math.max(1, most / MOST_SPLITS)));
  if (most / step < 2.5) step = Math.max(1, step / 2);
  return Array.from({ length: Math.floor(most / step) + 1 }, (_, index) => index * step);
}
