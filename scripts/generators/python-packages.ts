import { cp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execute, type Command, type Said } from '../toolchains/execute.js';
import { pythonWith } from '../toolchains/python.js';

/** Packages of Python, each with its version. */
export type Packages = Readonly<Record<string, string>>;

const CHECKER: Packages = { mypy: '2.4.1' };

/** The Python of a virtual environment with these packages. */
export async function pythonWithPackages(packages: Packages): Promise<string> {
  const wanted = Object.entries(packages).map(([project, version]) => `${project}==${version}`);
  return pythonWith('python-packages', wanted);
}

/** Puts our program beside a package, compiles both, imports the package, and checks the types of the program by it. */
export async function checkPython(
  directory: string,
  { program, module, packages }: { program: string; module: string; packages: Packages },
): Promise<Said> {
  await cp(program, join(directory, 'program.py'));
  const interpreter = await pythonWithPackages({ ...packages, ...CHECKER });
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
  return { run: [await pythonWithPackages({ ...packages, ...CHECKER }), 'program.py'], cwd: directory };
}
