import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { words } from './ask.js';
import { cacheDirectory } from './cache.js';
import { run } from './programs.js';

/** Modules of Tryton 7.0; what they depend on comes with them. */
export const TRYTON_MODULES = [
  'party',
  'company',
  'currency',
  'country',
  'product',
  'account',
  'account_product',
  'account_invoice',
  'account_statement',
  'account_payment',
  'account_asset',
  'analytic_account',
  'stock',
  'stock_supply',
  'purchase',
  'sale',
  'sale_shipment_cost',
  'production',
  'timesheet',
  'project',
  'bank',
  'carrier',
] as const;
const SERIES = '7.0';
/** A build that was interrupted has none. */
const COMPLETE = 'complete';

/** A virtual environment with Tryton, made once. Resolves to the directory of its programs, or to why there is none. */
export async function installTryton(): Promise<{ programs: string } | { missing: string }> {
  try {
    const environment = await cacheDirectory(`tryton-${SERIES}`);
    const programs = join(environment, 'bin');
    if (existsSync(join(environment, COMPLETE))) return { programs };
    console.error(`Installing Tryton ${SERIES} from the Python package index, once.`);
    await run(['python3', '-m', 'venv', '--clear', environment]);
    const packages = ['trytond', ...TRYTON_MODULES.map((name) => `trytond-${name.replaceAll('_', '-')}`)];
    const versions = packages.map((name) => `${name}==${SERIES}.*`);
    const pip = [join(programs, 'pip'), 'install', '--quiet', 'psycopg2-binary', ...versions];
    await run(pip, { env: pipEnvironment() });
    await writeFile(join(environment, COMPLETE), '');
    return { programs };
  } catch (error) {
    return { missing: `Tryton could not be installed: ${words(error)}` };
  }
}

/** How this machine reaches its registries is said in variables of these names. */
function pipEnvironment(): NodeJS.ProcessEnv {
  return Object.fromEntries(
    Object.entries(process.env).filter(([name]) => /^(PIP_|SSL_|REQUESTS_|https?_proxy$|no_proxy$)/i.test(name)),
  );
}
