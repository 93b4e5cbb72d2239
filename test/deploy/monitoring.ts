import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';

export const PROMETHEUS = join(import.meta.dirname, '..', '..', 'deploy', 'prometheus');
const DASHBOARD = join(import.meta.dirname, '..', '..', 'deploy', 'grafana', 'snapback.json');

export interface Rule {
  record?: string;
  alert?: string;
  expr: string;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
}

export interface Panel {
  id: number;
  type: string;
  title: string;
  description?: string;
  datasource?: { uid: string };
  targets?: { refId: string; expr: string; datasource: { uid: string } }[];
}

export interface Dashboard {
  schemaVersion: number;
  panels: Panel[];
  templating: { list: { name: string; type: string; query: string | { query: string } }[] };
}

export const RULES_TEXT = readFileSync(join(PROMETHEUS, 'snapback.rules.yaml'), 'utf8');

/** All rules, of all groups. */
export function rules(): Rule[] {
  return (parse(RULES_TEXT) as { groups: { rules: Rule[] }[] }).groups.flatMap((group) => group.rules);
}

export function dashboard(): Dashboard {
  return JSON.parse(readFileSync(DASHBOARD, 'utf8')) as Dashboard;
}

/** What the dashboard asks Prometheus for, as Grafana would when everything is chosen. */
export function dashboardQueries(): string[] {
  const variables: [RegExp, string][] = [
    [/\$__rate_interval/g, '5m'],
    [/"\$(namespace|organization|project|environment)"/g, '".*"'],
  ];
  return dashboard().panels.flatMap(({ targets = [] }) =>
    targets.map(({ expr }) => variables.reduce((text, [name, value]) => text.replaceAll(name, value), expr)),
  );
}
