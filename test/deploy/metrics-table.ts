import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A row of the table in docs/metrics.md. */
export interface Metric {
  name: string;
  type: string;
  /** Values are those that the page names; null: it leaves them open. */
  labels: ReadonlyMap<string, readonly string[] | null>;
}

const PAGE = join(import.meta.dirname, '..', '..', 'docs', 'metrics.md');
const ROW = /^\| `(\w+)` \| (gauge|counter|histogram) \|(.*?)\|/;
const LABEL = /`(\w+)`(?: \(([^)]*)\))?/g;

/** All metrics that the page names. */
export function documentedMetrics(): Metric[] {
  return readFileSync(PAGE, 'utf8')
    .split('\n')
    .flatMap((line): Metric[] => {
      const [, name, type, labels] = ROW.exec(line) ?? [];
      return name === undefined ? [] : [{ name, type: type!, labels: labelsOf(labels!) }];
    });
}

/** What Prometheus has of a metric: its series, by name. */
export function seriesOf({ name, type }: Metric): string[] {
  return type === 'histogram' ? ['_bucket', '_sum', '_count'].map((end) => `${name}${end}`) : [name];
}

function labelsOf(cell: string): Metric['labels'] {
  return new Map(
    [...cell.matchAll(LABEL)].map(([, label, values]) => [
      label!,
      values === undefined ? null : [...values.matchAll(/`([^`]+)`/g)].map(([, value]) => value!),
    ]),
  );
}
