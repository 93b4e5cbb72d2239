import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { CHART } from './chart.js';
import { documentedMetrics, seriesOf } from './metrics-table.js';
import { dashboard, dashboardQueries, rules, RULES_TEXT } from './monitoring.js';

const METRIC = /(?<![\w:])((?:snapback|nodejs|process)_\w+)(?!:)\b(?:\{([^}]*)\})?/g;
const RECORDED = /\b[a-z]+:snapback_\w+:\w+/g;
const MATCHER = /(\w+)(=~|!~|!=|=)"([^"]*)"/g;
/** Labels that Prometheus gives to whatever it scrapes. */
const OF_THE_TARGET = ['namespace', 'job', 'instance'];

const documented = documentedMetrics();
const bySeries = new Map(documented.flatMap((metric) => seriesOf(metric).map((series) => [series, metric])));
const variables = dashboard().templating.list.map(({ query }) => (typeof query === 'string' ? query : query.query));
const asked = [...rules().map(({ expr }) => expr), ...dashboardQueries(), ...variables];

/** What is asked of a metric, and the matchers in its braces. */
const selectors = asked.flatMap((query) =>
  [...query.matchAll(METRIC)].map(([, series, braces]) => ({
    series: series!,
    matchers: [...(braces ?? '').matchAll(MATCHER)].map(([, label, how, value]) => ({
      label: label!,
      how: how!,
      value: value!,
    })),
  })),
);

describe('the dashboard', () => {
  const { panels, schemaVersion } = dashboard();
  const shown = panels.filter(({ type }) => type !== 'row');

  it('is of Grafana 10 or newer, and has panels with ids of their own', () => {
    expect(schemaVersion).toBeGreaterThanOrEqual(38);
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
  });

  it('asks a question with each panel, says what its answer means, and asks Prometheus for it', () => {
    for (const { title, description, targets } of shown) {
      expect(title).toMatch(/^[A-Z].*\?$/);
      expect([title, (description ?? '').length > 10, (targets ?? []).length > 0]).toEqual([title, true, true]);
    }
    expect(panels.filter(({ type, title }) => type === 'row' && !title.endsWith('?'))).toEqual([]);
    expect(new Set(panels.map(({ title }) => title)).size).toBe(panels.length);
  });

  it('takes the data source that is chosen, and knows none by its id', () => {
    const [chosen] = dashboard().templating.list;
    expect(chosen).toMatchObject({ name: 'datasource', type: 'datasource', query: 'prometheus' });
    const sources = shown.flatMap(({ datasource, targets = [] }) => [
      datasource,
      ...targets.map((one) => one.datasource),
    ]);
    expect(sources.filter((source) => source?.uid !== '${datasource}')).toEqual([]);
  });
});

describe('dashboard and rules', () => {
  it('ask for metrics that docs/metrics.md has', () => {
    expect(selectors.length).toBeGreaterThan(80);
    expect(documented.length).toBeGreaterThan(35);
    expect([...new Set(selectors.map(({ series }) => series).filter((series) => !bySeries.has(series)))]).toEqual([]);
    // Here belongs that /metrics of a running service has each metric of the page, with these labels, and the page each of its `snapback_…`.
  });

  it('ask for labels and values that those have', () => {
    const wrong = selectors.flatMap(({ series, matchers }) =>
      matchers
        .filter(({ label }) => !OF_THE_TARGET.includes(label))
        .filter(({ label, how, value }) => {
          const values = bySeries.get(series)?.labels.get(label);
          if (values === undefined) return true;
          if (values === null || value.startsWith('$') || value === '.*') return false;
          return (how === '=' ? [value] : value.split('|')).some((one) => !values.includes(one));
        })
        .map(({ label, value }) => `${series}{${label}="${value}"}`),
    );
    expect([...new Set(wrong)]).toEqual([]);
  });

  it('ask for series that a rule records', () => {
    const recorded = rules().flatMap(({ record }) => record ?? []);
    const used = asked.flatMap((query) => query.match(RECORDED) ?? []);
    expect([...new Set(used)].filter((name) => !recorded.includes(name))).toEqual([]);
  });

  it('leave no metric of ours out', () => {
    const seen = new Set(selectors.map(({ series }) => series));
    const ours = documented.filter(({ name }) => name.startsWith('snapback_'));
    expect(
      ours.filter((metric) => !seriesOf(metric).some((series) => seen.has(series))).map(({ name }) => name),
    ).toEqual([]);
  });
});

describe('the alerts', () => {
  const alerts = rules().filter(({ alert }) => alert !== undefined);
  const page = readFileSync(join(import.meta.dirname, '../../docs/operating.md'), 'utf8');

  it('say how bad it is, what it is, what to do, and where that is explained', () => {
    expect(alerts.length).toBeGreaterThan(20);
    for (const { alert, labels, annotations = {} } of alerts) {
      expect(labels?.['severity']).toMatch(
        /^(warning|critical|\{\{ if eq .* \}\}critical\{\{ else \}\}warning\{\{ end \}\})$/,
      );
      expect(Object.keys(annotations)).toEqual(['summary', 'description', 'runbook_url']);
      const [, anchor] = annotations['runbook_url']!.split('/docs/operating.md#');
      expect([alert, anchor, page.includes(`<a id="${anchor}"></a>`)]).toEqual([alert, anchor, true]);
    }
  });

  it('are all explained in docs/operating.md, and no others', () => {
    const explained = [...page.matchAll(/<a id="alert-[\w-]+"><\/a>.*?\|/g)].flatMap(
      ([cell]) => cell.match(/`\w+`/g) ?? [],
    );
    expect(explained.toSorted()).toEqual(alerts.map(({ alert }) => `\`${alert}\``).toSorted());
  });

  it('make no name that people choose a part of a command', () => {
    const names = /\$labels\.(organization|project|environment)\b/;
    const commands = alerts.flatMap(({ annotations }) => annotations?.['description']?.match(/`[^`]*`/g) ?? []);
    expect(commands.length).toBeGreaterThan(10);
    expect(commands.filter((command) => names.test(command))).toEqual([]);
  });

  it('are each tried by promtool', () => {
    const tests = readFileSync(join(import.meta.dirname, '../../deploy/prometheus/snapback.rules.test.yaml'), 'utf8');
    expect(alerts.map(({ alert }) => alert!).filter((alert) => !tests.includes(`"${alert}"`))).toEqual([]);
  });
});

it('the chart has the same rules', () => {
  expect(readFileSync(join(CHART, 'files', 'snapback.rules.yaml'), 'utf8')).toBe(RULES_TEXT);
});
