import { Ajv } from 'ajv';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { getMetadataStorage } from 'class-validator';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { Configuration } from '../../src/config/configuration.js';
import { CI_VALUES, ciValues, merged, read, type Values } from './chart.js';
import { REFUSALS } from './refusals.js';
import { rowsOf, tableOf } from './values-table.js';

const schema = JSON.parse(read('values.schema.json')) as Values & { definitions: { config: unknown } };
const validate = new Ajv({ allErrors: true, strict: false }).compile(schema);
const defaults = parse(read('values.yaml')) as Values;

/** Where something is wrong. */
function faults(over: Values): string[] {
  validate(merged(defaults, over));
  return (validate.errors ?? []).map(({ instancePath }) => instancePath);
}

describe('the values of the chart', () => {
  it.each(CI_VALUES)('are accepted as in ci/%s', (name) => expect(faults(ciValues(name))).toEqual([]));

  it('are not enough by themselves: each secret, the vault and the keys of tokens have to be named', () => {
    const missing = ['/database/existingSecret', '/credentialsKey/existingSecret', '/vault/masterKey/existingSecret'];
    expect(faults({})).toEqual(expect.arrayContaining([...missing, '/vault', '/tokens']));
  });

  it.each(REFUSALS)('are refused with %s', (_, over, where) => {
    expect(faults(merged(ciValues('minimal'), over))).toContain(where);
  });

  it('may say every variable of the configuration that the chart neither sets itself nor takes from a secret', () => {
    const helpers = read('templates', '_helpers.tpl') + read('templates', 'api.yaml');
    const rules = getMetadataStorage().getTargetValidationMetadatas(Configuration, '', false, false);
    const names = [...new Set(rules.map(({ propertyName }) => propertyName))];
    // Those of the container: where it listens is the image's to say.
    const setHere = (name: string) =>
      new RegExp(String.raw`\b${name}\b`).test(helpers) || /^(HOST|PORT|VAULT_MASTER_KEY)$/.test(name);
    const allowed = JSON.stringify(schema.definitions.config);
    expect(names.filter((name) => setHere(name) === allowed.includes(`"${name}"`))).toEqual([]);
  });
});

it('the table in the chart’s README is that of values.yaml', () => {
  const table = tableOf(rowsOf(read('values.yaml')));
  const page = readFileSync(join(import.meta.dirname, '../../deploy/helm/snapback/README.md'), 'utf8');
  expect(page.slice(page.indexOf('| value |')).trim()).toBe(table.trim());
});
