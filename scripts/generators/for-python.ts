import { readFile, writeFile } from 'node:fs/promises';
import { delimiter, dirname, join } from 'node:path';
import { parse } from 'yaml';
import { execute } from '../toolchains/execute.js';
import type { Generator, Workplace } from './generator.js';
import { openapiGenerator, OPENAPI_GENERATOR } from './openapi-generator.js';
import { checkPython, jobOfPython, pythonWithPackages } from './python-packages.js';

const MODULE = 'snapback_client';
/** What the clients need to run. */
const URLLIB3_AND_PYDANTIC = {
  ...{ urllib3: '2.8.0', 'python-dateutil': '2.9.0.post0', pydantic: '2.14.4', 'typing-extensions': '4.16.0' },
  'types-python-dateutil': '2.9.0.20261116',
};
const HTTPX_AND_ATTRS = { httpx: '0.28.1', attrs: '26.1.0', 'python-dateutil': '2.9.0.post0' };

const CLIENT_GENERATOR = { version: '0.29.1', project: 'openapi-python-client' };

export const FOR_PYTHON: readonly Generator[] = [
  {
    ...OPENAPI_GENERATOR,
    name: 'openapi-generator-python',
    compiler: ['python'],
    program: 'openapi-generator-python.py',
    sendsNull: true,
    bearsNewer: false,
    remark:
      "Python, urllib3 and pydantic (for mypy with its plugin). Without `webhooks`, of which it makes code that does not compile: `yq 'del(.webhooks)'`. Refuses values that are new.",
    generate: async (place) => openapiGenerator(await withoutWebhooks(place), 'python', { packageName: MODULE }),
    compile: ({ directory, program }) =>
      checkPython(join(directory, 'client'), { program, module: MODULE, packages: URLLIB3_AND_PYDANTIC }),
    job: ({ directory }) => jobOfPython(join(directory, 'client'), URLLIB3_AND_PYDANTIC),
  },
  {
    name: 'openapi-python-client',
    version: CLIENT_GENERATOR.version,
    needs: ['python'],
    compiler: ['python'],
    program: 'openapi-python-client.py',
    allowed: [],
    sendsNull: true,
    bearsNewer: false,
    remark: 'Python, httpx and attrs; each operation also as `asyncio`. Refuses values that are new.',
    generate: async ({ directory, contract }) => {
      const interpreter = await pythonWithPackages({ [CLIENT_GENERATOR.project]: CLIENT_GENERATOR.version });
      const to = ['--output-path', join(directory, MODULE), '--meta', 'none'];
      // It has the client formatted by ruff, which it brings along.
      const PATH = [dirname(interpreter), process.env['PATH']].join(delimiter);
      const run = [interpreter, '-m', 'openapi_python_client', 'generate', '--path', contract, ...to] as const;
      return execute({ run, env: { PATH } });
    },
    compile: ({ directory, program }) => checkPython(directory, { program, module: MODULE, packages: HTTPX_AND_ATTRS }),
    job: ({ directory }) => jobOfPython(directory, HTTPX_AND_ATTRS),
  },
];

async function withoutWebhooks(place: Workplace): Promise<Workplace> {
  const { webhooks: _, ...document } = parse(await readFile(place.contract, 'utf8')) as Record<string, unknown>;
  const contract = join(place.directory, 'without-webhooks.json');
  await writeFile(contract, JSON.stringify(document));
  return { ...place, contract };
}
