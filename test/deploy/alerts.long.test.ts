import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { execute } from '../../scripts/toolchains/execute.js';
import { documentedMetrics, seriesOf } from './metrics-table.js';
import { dashboardQueries, PROMETHEUS, RULES_TEXT } from './monitoring.js';
import { promtool } from './tools.js';

const scratch = mkdtempSync(join(tmpdir(), 'snapback-test-alerts-'));
let program: string;

beforeAll(async () => {
  program = await promtool();
}, 1_800_000);
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

it('the alerts fire when they should, and not before', { timeout: 300_000 }, async () => {
  const { stdout } = await execute({ run: [program, 'test', 'rules', join(PROMETHEUS, 'snapback.rules.test.yaml')] });
  expect(stdout).toContain('SUCCESS');
});

it('there is nothing in the rules that promtool minds', async () => {
  const rules = join(PROMETHEUS, 'snapback.rules.yaml');
  await expect(
    execute({ run: [program, 'check', 'rules', '--lint=all', '--lint-fatal', rules] }),
  ).resolves.toBeDefined();
});

/** What is wrong with the rules, and which test sees it. */
it.each([
  [
    'that tell of every process',
    /max by \(namespace\) \(snapback_webhooks_failing\)/,
    'snapback_webhooks_failing',
    'webhooks',
  ],
  ['that do not wait', /(alert: SnapbackGateClosed[^]*?for: )30m/, '$120m', 'a gate'],
  ['that look at what runs', /\{state="queued"\}\) > 900/, ') > 900', 'what waits'],
  ['that forget a paused schedule', /\n *unless environment:snapback_schedule_paused:max == 1/, '', 'a paused'],
  [
    'that count on a series that is not there',
    /max by \(namespace\) \(snapback_processes\)\n *unless\n *(\(.*)> 0\)/,
    '$1 == 0)',
    'no worker',
  ],
  [
    'that take another program for ours',
    /\* on \(job, instance\) group_left \(role\) max by .*/,
    '',
    'a process that stands',
  ],
])('those tests see rules %s', async (_, right, wrong, group) => {
  const spoilt = RULES_TEXT.replace(right, wrong);
  expect(spoilt).not.toBe(RULES_TEXT);
  writeFileSync(join(scratch, 'snapback.rules.yaml'), spoilt);
  const tests = join(scratch, 'snapback.rules.test.yaml');
  writeFileSync(tests, readFileSync(join(PROMETHEUS, 'snapback.rules.test.yaml')));
  const run = execute({ run: [program, 'test', 'rules', '--run', `^${group}`, tests] });
  await expect(run).rejects.toThrow(/FAILED:[^]*got/);
});

it('the dashboard asks nothing that Prometheus does not understand', async () => {
  const file = join(scratch, 'dashboard.yaml');
  const rules = dashboardQueries().map((expr, at) => ({ record: `dashboard:query${at}`, expr }));
  writeFileSync(file, stringify({ groups: [{ name: 'dashboard', rules }] }));
  const { stdout } = await execute({ run: [program, 'check', 'rules', file] });
  expect(stdout).toContain(`SUCCESS: ${rules.length} rules found`);
});

it('the dashboard has an answer to each of its questions, where every metric is there, in two processes', async () => {
  const file = join(scratch, 'answers.yaml');
  // Of a day and more: what is compared with the day before.
  const checks = dashboardQueries().map((expr) => ({
    expr: `count(${expr}) > bool 0`,
    eval_time: '25h',
    exp_samples: [{ labels: '{}', value: 1 }],
  }));
  const test = { interval: '2m', input_series: everySeries('760'), promql_expr_test: checks };
  writeFileSync(file, stringify({ rule_files: [], evaluation_interval: '1h', tests: [test] }));
  const { stdout } = await execute({ run: [program, 'test', 'rules', file] });
  expect(stdout).toContain('SUCCESS');
});

/** Two processes that have every metric of docs/metrics.md with every label. Gauges are 1, what is counted goes up. */
function everySeries(samples: string): { series: string; values: string }[] {
  const open: Record<string, string[]> = { status: ['200', '503'] };
  return documentedMetrics().flatMap((metric) =>
    seriesOf(metric).flatMap((name) => {
      let sets = ['job="snapback"'].flatMap((job) => ['api-0', 'worker-0'].map((one) => `${job}, instance="${one}"`));
      const labels = new Map([
        ...metric.labels,
        ...(name.endsWith('_bucket') ? ([['le', ['1', '+Inf']]] as const) : []),
      ]);
      for (const [label, values] of labels)
        sets = sets.flatMap((set) => (values ?? open[label] ?? ['all']).map((value) => `${set}, ${label}="${value}"`));
      return sets.map((set) => ({
        series: `${name}{${set}}`,
        values: metric.type === 'gauge' ? `1x${samples}` : `0+1x${samples}`,
      }));
    }),
  );
}
