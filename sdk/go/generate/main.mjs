// Makes models.gen.go and calls.gen.go from openapi.yaml by oapi-codegen, which Go fetches and builds.
//
//   npm run sdk:go                    make them
//   node generate/main.mjs DIRECTORY  make them there, to compare
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parse } from 'yaml';
import { documentForGo } from './document.mjs';
import { configurations } from './configurations.mjs';

const GENERATOR = 'github.com/oapi-codegen/oapi-codegen/v2/cmd/oapi-codegen@v2.8.2';

const here = import.meta.dirname;
const target = resolve(process.argv[2] ?? join(here, '..'));
const contract = parse(readFileSync(join(here, '../../../openapi.yaml'), 'utf8'));
const scratch = mkdtempSync(join(tmpdir(), 'snapback-sdk-go-'));
try {
  const document = join(scratch, 'openapi.json');
  writeFileSync(document, JSON.stringify(documentForGo(contract)));
  for (const [file, configuration] of Object.entries(configurations(join(here, 'templates')))) {
    // JSON is YAML, too.
    const config = join(scratch, `${file}.yaml`);
    writeFileSync(config, JSON.stringify({ ...configuration, output: join(target, file) }));
    generate(config, document);
  }
} finally {
  rmSync(scratch, { recursive: true, force: true });
}

function generate(config, document) {
  const { status, error } = spawnSync('go', ['run', GENERATOR, '--config', config, document], {
    // Not in the module: what makes the package is no dependency of it.
    cwd: scratch,
    stdio: 'inherit',
  });
  if (error) throw error;
  if (status !== 0) throw new Error(`oapi-codegen ended with ${status}.`);
}
