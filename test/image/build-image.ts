import { chmod, chown, cp, lstat, mkdir, readFile, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { execute } from '../../scripts/toolchains/execute.js';
import { BASE_ENV, KNOWN_IMAGE } from './base-image.js';
import { contextFiles } from './build-context.js';
import { listOf, pairsOf, readDockerfile, substituted, type Stage, type Step } from './dockerfile.js';
import { runInRoot, type Bind } from './in-root.js';

/** What a Dockerfile makes: a root directory, and how something is run in it. */
export interface Image {
  root: string;
  env: Record<string, string>;
  user: string;
  cwd: string;
  /** What it says may be written to. */
  volumes: string[];
  command: string[];
  healthCheck: string[];
}

export interface BuildOptions {
  /** The directory of the Dockerfile. */
  context: string;
  /** Where the roots of its stages are made. */
  directory: string;
  base: string;
  /** `--build-arg` */
  args: Readonly<Record<string, string>>;
  /** What steps find in their root and environment besides: how this machine reaches the network. */
  network: { binds: Bind[]; env: Record<string, string> };
  say: (line: string) => void;
}

/** Takes the steps of the Dockerfile, one after the other, and gives what the last stage makes. Rejects with what a step said that fails. */
export async function buildImage(options: BuildOptions): Promise<Image> {
  const { context, directory, base } = options;
  const files = contextFiles(context, await readFile(join(context, '.dockerignore'), 'utf8'));
  const made = new Map<string, Image>();
  let last: Image | undefined;
  for (const [at, stage] of readDockerfile(await readFile(join(context, 'Dockerfile'), 'utf8')).entries()) {
    const from = made.get(stage.from) ?? emptyImage(base, stage.from);
    const root = join(directory, `stage-${at}`);
    await execute({ run: ['cp', '-a', '--reflink=auto', from.root, root] });
    last = await buildStage(stage, { ...from, root }, files, made, options);
    made.set(stage.name ?? String(at), last);
  }
  if (last === undefined) throw new Error('The Dockerfile has no stage.');
  return last;
}

function emptyImage(root: string, name: string): Image {
  if (name !== KNOWN_IMAGE) throw new Error(`Nobody has taught this test what is like ${name}.`);
  return { root, env: { ...BASE_ENV }, user: 'root', cwd: '/', volumes: [], command: [], healthCheck: [] };
}

async function buildStage(
  stage: Stage,
  from: Image,
  files: readonly string[],
  made: ReadonlyMap<string, Image>,
  options: BuildOptions,
): Promise<Image> {
  const image = { ...from, env: { ...from.env } };
  const args: Record<string, string> = {};
  const variables = () => ({ ...args, ...image.env });
  for (const step of stage.steps) {
    const rest = step.instruction === 'RUN' ? step.rest : substituted(step.rest, variables());
    switch (step.instruction) {
      case 'ARG': {
        const [[name, value] = fail(step)] = pairsOf(step, variables());
        args[name] = options.args[name] ?? value;
        break;
      }
      case 'ENV':
        for (const [name, value] of pairsOf(step, variables())) image.env[name] = value;
        break;
      case 'WORKDIR':
        image.cwd = resolve(image.cwd, rest);
        await mkdir(join(image.root, image.cwd), { recursive: true });
        break;
      case 'USER':
        image.user = rest;
        break;
      case 'VOLUME':
        image.volumes = [...image.volumes, ...listOf(step)];
        break;
      case 'CMD':
        image.command = listOf(step);
        break;
      case 'HEALTHCHECK':
        image.healthCheck = listOf(step);
        break;
      case 'EXPOSE':
        break;
      case 'COPY':
        await copy(step, rest.split(/\s+/), image, files, made, options.context);
        break;
      case 'RUN':
        await run(step, image, variables(), options);
        break;
    }
  }
  return image;
}

async function run(step: Step, image: Image, variables: Record<string, string>, options: BuildOptions): Promise<void> {
  const began = Date.now();
  const { code, said } = await runInRoot({
    ...image,
    argv: ['/bin/sh', '-c', step.rest],
    env: { ...options.network.env, ...variables },
    binds: options.network.binds,
  });
  if (code !== 0) throw new Error(`Dockerfile, line ${step.line}: RUN ended with ${code}:\n${said.slice(-6_000)}`);
  options.say(`line ${step.line}: RUN, ${((Date.now() - began) / 1000).toFixed(1)} s`);
}

/** Of a directory what is in it; everything belongs to root. */
async function copy(
  step: Step,
  words: readonly string[],
  image: Image,
  files: readonly string[],
  made: ReadonlyMap<string, Image>,
  context: string,
): Promise<void> {
  const target = words.at(-1)!;
  const to = join(image.root, resolve(image.cwd, target));
  const stage = step.flags['from'];
  const others = Object.keys(step.flags).filter((flag) => flag !== 'from');
  if (others.length > 0)
    throw new Error(`Dockerfile, line ${step.line}: nobody has taught this reader --${others[0]}.`);
  for (const source of words.slice(0, -1)) {
    if (stage !== undefined) {
      const from = made.get(stage) ?? fail(step);
      const path = join(from.root, source);
      const isDirectory = (await lstat(path)).isDirectory();
      const place = !isDirectory && target.endsWith('/') ? join(to, source.split('/').at(-1)!) : to;
      await mkdir(isDirectory ? place : dirname(place), { recursive: true });
      await execute({ run: ['cp', '-a', isDirectory ? `${path}/.` : path, place] });
      await execute({ run: ['chown', '-R', '-h', '0:0', place] });
      continue;
    }
    const wanted = files.filter((path) => path === source || path.startsWith(`${source}/`));
    if (wanted.length === 0) throw new Error(`Dockerfile, line ${step.line}: the build sees no ${source}.`);
    for (const path of wanted) {
      const inside =
        path === source
          ? target.endsWith('/') || words.length > 2
            ? path.split('/').at(-1)!
            : ''
          : path.slice(source.length + 1);
      await copyFile(join(context, path), join(to, inside));
    }
  }
}

async function copyFile(from: string, to: string): Promise<void> {
  await mkdir(dirname(to), { recursive: true });
  await cp(from, to, { verbatimSymlinks: true });
  const { mode } = await stat(from);
  await chown(to, 0, 0);
  await chmod(to, mode & 0o777);
}

function fail({ line, instruction, rest }: Step): never {
  throw new Error(`Dockerfile, line ${line}: ${instruction} ${rest} cannot be done.`);
}
