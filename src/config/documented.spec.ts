import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { getMetadataStorage } from 'class-validator';
import { beforeAll, describe, expect, it } from 'vitest';
import { Configuration } from './configuration.js';

const PAGE = join(import.meta.dirname, '../../docs/configuration.md');

/** What the cell of a default may be: one value as code, or words for a variable that has none. */
const CODE_ONLY = /^`([^`]*)`$/;

describe('the table of variables in docs/configuration.md', () => {
  let defaults: Map<string, string>;
  beforeAll(async () => {
    defaults = readTable(await readFile(PAGE, 'utf8'));
  });

  it('has each variable of the configuration once', () => {
    const rules = getMetadataStorage().getTargetValidationMetadatas(Configuration, '', false, false);
    const declared = new Set(rules.map(({ propertyName }) => propertyName));
    expect([...defaults.keys()].toSorted()).toEqual([...declared].toSorted());
  });

  it('has the defaults of the configuration', () => {
    const configuration = new Configuration() as unknown as Record<string, unknown>;
    const actual = [...defaults.keys()].map((name) => [name, asText(configuration[name])]);
    // A variable without a default is described in words, not by a value.
    const shown = [...defaults].map(([name, cell]) => [name, CODE_ONLY.exec(cell)?.[1] ?? '']);
    expect(shown).toEqual(actual);
  });
});

/** A default as somebody would set it. */
function asText(value: unknown): string {
  return Array.isArray(value) ? value.join(',') : String(value ?? '');
}

/** Default by name. Throws when a name stands there twice. */
function readTable(page: string): Map<string, string> {
  const rows = [...page.matchAll(/^\| `([A-Z0-9_]+)` \| (.+?) \| .+ \|$/gm)];
  const defaults = new Map(rows.map(([, name = '', cell = '']) => [name, cell]));
  if (defaults.size !== rows.length) throw new Error('A variable stands in the table twice.');
  return defaults;
}
