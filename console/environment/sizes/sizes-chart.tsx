import { useEffect, useRef } from 'react';
import uPlot from 'uplot';
import { bytes } from '../../ui/amounts.js';
import { useWidth } from '../timeline/use-width.js';
import type { SizePoint } from './size-series.js';

const HEIGHT = 220;

/** Drawn on a canvas; the same stands beside it as a table. */
export function SizesChart({ points, zone }: { points: readonly SizePoint[]; zone: string }) {
  const [ref, width] = useWidth();
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const { current } = box;
    if (current === null || width === 0) return undefined;
    const draw = () => new uPlot(optionsOf(current, width, zone), dataOf(points), current);
    let chart = draw();
    // A canvas does not follow the colours of the page by itself.
    const redraw = () => {
      chart.destroy();
      chart = draw();
    };
    const scheme = matchMedia('(prefers-color-scheme: dark)');
    scheme.addEventListener('change', redraw);
    const theme = new MutationObserver(redraw);
    theme.observe(document.documentElement, { attributeFilter: ['data-theme'] });
    return () => {
      scheme.removeEventListener('change', redraw);
      theme.disconnect();
      chart.destroy();
    };
  }, [points, zone, width]);
  return (
    <div ref={ref} className="mt-3">
      <div
        ref={box}
        role="img"
        aria-label="Chart of stored and logical bytes over time; the same stands below as a table."
        style={{ minHeight: HEIGHT }}
      />
    </div>
  );
}

function dataOf(points: readonly SizePoint[]): uPlot.AlignedData {
  return [
    points.map(({ at }) => at),
    points.map(({ storedBytes }) => storedBytes),
    points.map(({ logicalBytes }) => logicalBytes),
  ];
}

function optionsOf(box: HTMLElement, width: number, zone: string): uPlot.Options {
  const colour = resolver(box);
  const axis: uPlot.Axis = {
    stroke: colour('--color-soft'),
    grid: { stroke: colour('--color-line'), width: 1 },
    ticks: { show: false },
    font: '12px system-ui',
  };
  const value = (_: uPlot, amount: number | null) => (amount === null ? '–' : bytes(amount));
  const day = new Intl.DateTimeFormat('en-GB', { timeZone: zone, day: 'numeric', month: 'short' });
  const moment = new Intl.DateTimeFormat('en-GB', { timeZone: zone, dateStyle: 'medium', timeStyle: 'short' });
  const points = { show: false };
  return {
    width,
    height: HEIGHT,
    tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), zone),
    cursor: { y: false, drag: { x: false, y: false } },
    scales: { y: { range: (_, __, most) => [0, Math.max(most * 1.05, 1)] } },
    axes: [
      { ...axis, space: 80, values: (_, splits) => splits.map((seconds) => day.format(seconds * 1000)) },
      { ...axis, size: 78, values: (_, splits) => splits.map(bytes), incrs: BINARY_STEPS },
    ],
    series: [
      {
        label: 'Taken',
        value: (_, seconds: number | null) => (seconds === null ? '–' : moment.format(seconds * 1000)),
      },
      {
        label: 'Stored',
        stroke: colour('--color-accent'),
        fill: colour('--color-accent-soft'),
        width: 2,
        value,
        points,
      },
      { label: 'Environment', stroke: colour('--color-soft'), width: 2, dash: [5, 3], value, points },
    ],
    // Where nobody points, it tells of the last one.
    hooks: {
      setLegend: [
        (chart) => {
          if (chart.legend.idx == null) chart.setLegend({ idx: chart.data[0].length - 1 }, false);
        },
      ],
      ready: [(chart) => chart.setLegend({ idx: chart.data[0].length - 1 }, false)],
    },
  };
}

/** From 1 B to 512 TiB: an axis of binary units is divided by powers of two. */
const BINARY_STEPS = Array.from({ length: 50 }, (_, exponent) => 2 ** exponent);

/** A colour as it is now: light or dark. */
function resolver(box: HTMLElement): (name: string) => string {
  const probe = document.createElement('span');
  return (name) => {
    probe.style.color = `var(${name})`;
    box.append(probe);
    const { color } = getComputedStyle(probe);
    probe.remove();
    return color;
  };
}
