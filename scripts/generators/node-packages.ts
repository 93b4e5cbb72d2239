import { cp, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { cached } from '../toolchains/cache.js';
import { execute, type Said } from '../toolchains/execute.js';

/** What generators and generated clients of TypeScript need, none of which the service does. */
const PACKAGES = {
  '@types/node': '22.18.0',
  'openapi-fetch': '0.17.0',
  'openapi-typescript': '7.13.0',
  orval: '8.38.0',
  typescript: '5.9.3',
};

/** Versions that Node packages are taken in. */
export function versionOf(name: keyof typeof PACKAGES): string {
  return PACKAGES[name];
}

/** A `node_modules` with all of them, in this user's cache. */
export async function nodePackages(): Promise<string> {
  const directory = await cached('node-packages', PACKAGES, async (half) => {
    await writeFile(join(half, 'package.json'), JSON.stringify({ private: true, dependencies: PACKAGES }));
    await execute({ run: ['npm', 'install', '--no-audit', '--no-fund', '--ignore-scripts'], cwd: half });
  });
  return join(directory, 'node_modules');
}

const COMPILER_OPTIONS = {
  ...{ module: 'nodenext', target: 'es2022', lib: ['es2022', 'dom', 'dom.iterable'], types: ['node'] },
  ...{ strict: true, skipLibCheck: true, outDir: 'dist', rootDir: '.' },
};

/** Puts our program into a directory and compiles it, and what it imports, as strictly as TypeScript can. The result is in `dist`. */
export async function compileTypeScript(directory: string, program: string): Promise<Said> {
  const packages = await nodePackages();
  await cp(program, join(directory, 'program.ts'));
  await symlink(packages, join(directory, 'node_modules'));
  await writeFile(join(directory, 'package.json'), JSON.stringify({ type: 'module' }));
  await writeFile(
    join(directory, 'tsconfig.json'),
    JSON.stringify({ compilerOptions: COMPILER_OPTIONS, files: ['program.ts'] }),
  );
  const tsc = join(packages, 'typescript', 'bin', 'tsc');
  return execute({ run: [process.execPath, tsc, '--project', 'tsconfig.json'], cwd: directory });
}
