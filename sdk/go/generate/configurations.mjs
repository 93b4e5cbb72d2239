import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** How oapi-codegen makes each file. `templates` is the directory with those that take the place of its own. */
export function configurations(templates) {
  const template = (name) => readFileSync(join(templates, name), 'utf8');
  const configuration = (generate, userTemplates) => ({
    package: 'snapback',
    generate,
    compatibility: { 'always-prefix-enum-values': true },
    'output-options': {
      // Progress is of no operation's answer, and yet a model.
      'skip-prune': true,
      'skip-enum-validate': true,
      'name-normalizer': 'ToCamelCaseWithInitialisms',
      'user-templates': { 'imports.tmpl': template('imports.tmpl'), ...userTemplates },
    },
  });
  return {
    // Parameters and bodies are those of the calls.
    'models.gen.go': configuration({ models: true }, { 'param-types.tmpl': NOTHING, 'request-bodies.tmpl': NOTHING }),
    // Calls as data, which one place sends: oapi-codegen's own client is a second layer of public names, and needs its runtime.
    'calls.gen.go': configuration(
      { client: true },
      { 'client.tmpl': template('client.tmpl'), 'client-with-responses.tmpl': NOTHING },
    ),
  };
}

/** A template that makes nothing. One without an action counts as none, and leaves oapi-codegen's own in place. */
const NOTHING = '{{""}}\n';
