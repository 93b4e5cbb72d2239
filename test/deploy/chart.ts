import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';

export type Values = Record<string, unknown>;

export const CHART = join(import.meta.dirname, '..', '..', 'deploy', 'helm', 'snapback');
/** Files of values with which the chart is rendered, by what they are called. */
export const CI_VALUES = readdirSync(join(CHART, 'ci')).map((file) => file.replace('-values.yaml', ''));

export function read(...path: string[]): string {
  return readFileSync(join(CHART, ...path), 'utf8');
}

export function ciValues(name: string): Values {
  return parse(read('ci', `${name}-values.yaml`)) as Values;
}

/** As Helm lays values over those of the chart: maps are merged, `null` removes. */
export function merged(base: Values, over: Values): Values {
  const result: Values = { ...base };
  for (const [name, value] of Object.entries(over)) {
    const below = base[name];
    if (value === null) delete result[name];
    else result[name] = isMap(value) && isMap(below) ? merged(below, value) : value;
  }
  return result;
}

function isMap(value: unknown): value is Values {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
