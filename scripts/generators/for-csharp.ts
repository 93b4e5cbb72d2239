import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execute } from '../toolchains/execute.js';
import type { Generator } from './generator.js';
import { openapiGenerator, OPENAPI_GENERATOR } from './openapi-generator.js';

const SNAPSHOT = 'client/src/Snapback.Client/Model/SnapshotDetails.cs';
/** What clients of C# have lost before: that it may be null, and that it needs 64 bits. */
const NULLABLE_SIZE = /\blong\? DatabaseBytes\b/;

export const FOR_CSHARP: readonly Generator[] = [
  {
    ...OPENAPI_GENERATOR,
    name: 'openapi-generator-csharp',
    compiler: ['dotnet'],
    program: null,
    sendsNull: true,
    bearsNewer: true,
    remark: 'C#. Only looked at: `DatabaseBytes` is a `long?`.',
    generate: async (place) => {
      const said = await openapiGenerator(place, 'csharp', {
        ...{ packageName: 'Snapback.Client', enumUnknownDefaultCase: 'true' },
      });
      const source = await readFile(join(place.directory, SNAPSHOT), 'utf8');
      if (!NULLABLE_SIZE.test(source)) throw new Error(`${SNAPSHOT} has no \`long? DatabaseBytes\`.`);
      return said;
    },
    compile: ({ directory }) => execute({ run: ['dotnet', 'build', '--nologo'], cwd: join(directory, 'client') }),
    job: () => Promise.reject(new Error('No program of ours uses this client.')),
  },
];
