import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execute } from '../toolchains/execute.js';
import type { Generator, Workplace } from './generator.js';
import { compileTypeScript, nodePackages, versionOf } from './node-packages.js';
import { openapiGenerator, OPENAPI_GENERATOR } from './openapi-generator.js';

/** Compilation and job of all clients in TypeScript: our program lies beside the client. */
const IN_NODE = {
  compiler: [],
  sendsNull: true,
  bearsNewer: true,
  compile: ({ directory, program }: Workplace) => compileTypeScript(directory, program),
  job: async ({ directory }: Workplace) => ({
    run: [process.execPath, join(directory, 'dist', 'program.js')] as const,
  }),
} as const;

export const FOR_TYPESCRIPT: readonly Generator[] = [
  {
    ...OPENAPI_GENERATOR,
    ...IN_NODE,
    name: 'openapi-generator-typescript-fetch',
    program: 'openapi-generator-typescript-fetch.ts',
    remark: 'TypeScript. Times become `Date`; `importFileExtension=.js` for Node.',
    generate: (place) => openapiGenerator(place, 'typescript-fetch', { importFileExtension: '.js' }),
  },
  {
    ...IN_NODE,
    name: 'openapi-typescript',
    version: versionOf('openapi-typescript'),
    needs: [],
    program: 'openapi-typescript.ts',
    allowed: [],
    remark: 'TypeScript. Types only, with openapi-fetch; `--default-non-nullable=false`.',
    generate: async ({ directory, contract }) => {
      const program = join(await nodePackages(), 'openapi-typescript', 'bin', 'cli.js');
      // Otherwise a property with a default has to be sent.
      const to = ['--default-non-nullable=false', '--output', join(directory, 'client.ts')];
      return execute({ run: [process.execPath, program, contract, ...to], cwd: directory });
    },
  },
  {
    ...IN_NODE,
    name: 'orval',
    version: versionOf('orval'),
    needs: [],
    program: 'orval.ts',
    allowed: [],
    remark: 'TypeScript. A function for each operation, for fetch here; it can make hooks of React Query and others.',
    generate: async ({ directory, contract }) => {
      const output = {
        ...{ target: join(directory, 'client.ts'), client: 'fetch', mode: 'single' },
        baseUrl: { runtime: "process.env['SNAPBACK_URL']" },
      };
      const configuration = { snapback: { input: contract, output } };
      await writeFile(join(directory, 'orval.config.mjs'), `export default ${JSON.stringify(configuration)};\n`);
      const program = join(await nodePackages(), 'orval', 'dist', 'bin', 'orval.mjs');
      return execute({ run: [process.execPath, program, '--config', 'orval.config.mjs'], cwd: directory });
    },
  },
];
