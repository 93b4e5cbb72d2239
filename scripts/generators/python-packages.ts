import { cp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { cached } from '../toolchains/cache.js';
import { execute, type Command, type Said } from '../toolchains/execute.js';
import { python } from '../toolchains/tools.js';

/** Packages of Python, each with its version. */
export type Packages = Readonly<Record<string, string>>;

const CHECKER: Packages = { mypy: '2.4.1' };

/** The Python of a virtual environment with these packages, in this user's cache. */
export async function pythonWith(packages: Packages): Promise<string> {
  const interpreter = python();
  const wanted = Object.entries(packages).map(([project, version]) => `${project}==${version}`);
  const directory = await cached('python-packages', { interpreter, wanted }, async (half) => {
    await execute({ run: [interpreter, '-m', 'venv', half] });
    await execute({ run: [join(half, 'bin', 'python'), '-m', 'pip', 'install', '--quiet', ...wanted] });
  });
  return join(directory, 'bin', 'python');
}

/** Puts our program beside a package, compiles both, imports the package, and checks the types of the program by it. */
export async function checkPython(
  directory: string,
  { program, module, packages }: { program: string; module: string; packages: Packages },
): Promise<Said> {
  await cp(program, join(directory, 'program.py'));
  const interpreter = await pythonWith({ ...packages, ...CHECKER });
  // Without its plugin, models of pydantic would take their properties under the names of the contract only.
  if ('pydantic' in packages) await writeFile(join(directory, 'mypy.ini'), '[mypy]\nplugins = pydantic.mypy\n');
  const run = (...args: string[]) => execute({ run: [interpreter, ...args], cwd: directory });
  const said = [
    await run('-W', 'error', '-m', 'compileall', '-q', module, 'program.py'),
    await run('-W', 'error', '-c', `import ${module}`),
    await run('-m', 'mypy', '--strict', '--follow-imports=silent', 'program.py'),
  ];
  return {
    stdout: said.map(({ stdout }) => stdout).join('\n'),
    stderr: said.map(({ stderr }) => stderr).join('\n'),
  };
}

/** What runs our program afterwards. */
export async function jobOfPython(directory: string, packages: Packages): Promise<Command> {
  return { run: [await pythonWith({ ...packages, ...CHECKER }), 'program.py'], cwd: directory };
}
