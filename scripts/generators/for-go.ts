import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execute } from '../toolchains/execute.js';
import { goProgram } from '../toolchains/go-program.js';
import type { Generator } from './generator.js';
import { buildGo, jobOfGo } from './go-modules.js';
import { openapiGenerator, OPENAPI_GENERATOR } from './openapi-generator.js';

const OAPI_CODEGEN = { module: 'github.com/oapi-codegen/oapi-codegen/v2/cmd/oapi-codegen', version: 'v2.8.2' };
const OAPI_MODULES = {
  'github.com/oapi-codegen/runtime': 'v1.9.0',
  'github.com/oapi-codegen/nullable': 'v1.2.0',
  'github.com/google/uuid': 'v1.6.0',
};
const OGEN = { module: 'github.com/ogen-go/ogen', version: 'v1.24.0' };

/** Otherwise its models refuse properties and values that they do not know. */
const BEARING_WHAT_IS_NEW = { disallowAdditionalPropertiesIfNotPresent: 'false', enumUnknownDefaultCase: 'true' };

export const FOR_GO: readonly Generator[] = [
  {
    ...OPENAPI_GENERATOR,
    name: 'openapi-generator-go',
    compiler: ['go'],
    program: 'openapi-generator-go.go',
    sendsNull: true,
    bearsNewer: true,
    remark:
      'Go. `enumClassPrefix=true`, `disallowAdditionalPropertiesIfNotPresent=false`, `enumUnknownDefaultCase=true`.',
    generate: (place) =>
      openapiGenerator(place, 'go', { ...BEARING_WHAT_IS_NEW, packageName: 'snapback', enumClassPrefix: 'true' }),
    compile: async ({ directory, program }) => {
      // It is a package of the program's module here, and no module of its own.
      for (const file of ['go.mod', 'go.sum']) await rm(join(directory, 'client', file), { force: true });
      return buildGo(directory, program, { 'github.com/google/uuid': 'v1.6.0' });
    },
    job: async ({ directory }) => jobOfGo(directory),
  },
  {
    name: 'oapi-codegen',
    version: OAPI_CODEGEN.version,
    needs: ['go'],
    compiler: ['go'],
    program: 'oapi-codegen.go',
    allowed: [],
    sendsNull: true,
    bearsNewer: true,
    remark:
      'Go. `nullable-type: true`, `skip-prune: true` for what webhooks are sent, and `always-prefix-enum-values: true` for names that stay.',
    generate: async ({ directory, contract }) => {
      const configuration = join(directory, 'oapi-codegen.json');
      await mkdir(join(directory, 'client'));
      await writeFile(
        configuration,
        JSON.stringify({
          package: 'snapback',
          output: join(directory, 'client', 'client.gen.go'),
          generate: { models: true, client: true },
          'output-options': { 'nullable-type': true, 'skip-prune': true },
          compatibility: { 'always-prefix-enum-values': true },
        }),
      );
      const program = await goProgram(OAPI_CODEGEN.module, OAPI_CODEGEN.version);
      return execute({ run: [program, '-config', configuration, contract], cwd: directory });
    },
    compile: ({ directory, program }) => buildGo(directory, program, OAPI_MODULES),
    job: async ({ directory }) => jobOfGo(directory),
  },
  {
    name: 'ogen',
    version: OGEN.version,
    needs: ['go'],
    compiler: ['go'],
    program: 'ogen.go',
    allowed: [
      { said: /^INFO\s/, because: 'Its servers could have one error for all operations if ours had a default answer.' },
      {
        said: /Ensuring "status" matching HTTP status code/,
        because: 'It has seen a problem document, and checks less of it.',
      },
      { said: /Header name is not canonical/, because: 'Names of headers are the same in any capitals.' },
    ],
    sendsNull: true,
    bearsNewer: false,
    remark: 'Go. Each answer of an operation is a type of its own; checks everything, and refuses what is new.',
    generate: async ({ directory, contract }) => {
      const program = await goProgram(`${OGEN.module}/cmd/ogen`, OGEN.version);
      const to = ['--target', join(directory, 'client'), '--package', 'snapback', '--clean'];
      return execute({ run: [program, ...to, contract], cwd: directory });
    },
    compile: ({ directory, program }) =>
      buildGo(directory, program, { [OGEN.module]: OGEN.version, 'github.com/google/uuid': 'v1.6.0' }),
    job: async ({ directory }) => jobOfGo(directory),
  },
];
