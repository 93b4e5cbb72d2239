/** What stands in a Dockerfile, as far as ours needs it. What nobody has taught this reader is an error, so that nothing is passed over. */
export interface Stage {
  /** An image, or the name of a stage before. */
  from: string;
  name: string | undefined;
  steps: Step[];
}

export interface Step {
  instruction: (typeof INSTRUCTIONS)[number];
  /** `--from=build` as `from`. */
  flags: Readonly<Record<string, string>>;
  rest: string;
  line: number;
}

const INSTRUCTIONS = [
  'ARG',
  'CMD',
  'COPY',
  'ENV',
  'EXPOSE',
  'HEALTHCHECK',
  'RUN',
  'USER',
  'VOLUME',
  'WORKDIR',
] as const;

/** Its stages, in order. Throws, with the line, for what it does not know. */
export function readDockerfile(text: string): Stage[] {
  const stages: Stage[] = [];
  for (const { instruction, rest, line } of instructionsOf(text)) {
    if (instruction === 'FROM') {
      const [, from, name] = /^(\S+)(?:\s+AS\s+(\S+))?$/i.exec(rest) ?? fail(line, `FROM ${rest}`);
      stages.push({ from: from!, name, steps: [] });
      continue;
    }
    const known = INSTRUCTIONS.find((one) => one === instruction);
    if (known === undefined || /<<-?\s*["']?\w/.test(rest)) return fail(line, instruction);
    const stage = stages.at(-1) ?? fail(line, `${instruction} before FROM`);
    stage.steps.push({ instruction: known, ...withFlags(rest), line });
  }
  return stages;
}

/** Instructions over as many lines as they take; comments and empty lines go, those within an instruction as well. */
function instructionsOf(text: string): { instruction: string; rest: string; line: number }[] {
  const found: { instruction: string; rest: string; line: number }[] = [];
  let open: { text: string; line: number } | undefined;
  for (const [at, line] of text.split('\n').entries()) {
    if (/^\s*(#|$)/.test(line)) continue;
    const goesOn = line.endsWith('\\');
    open = { text: `${open?.text ?? ''}${goesOn ? line.slice(0, -1) : line}`, line: open?.line ?? at + 1 };
    if (goesOn) continue;
    const [, instruction, rest] = /^\s*(\w+)\s+(.*)$/s.exec(open.text) ?? fail(open.line, open.text);
    found.push({ instruction: instruction!.toUpperCase(), rest: rest!.trim(), line: open.line });
    open = undefined;
  }
  if (open !== undefined) fail(open.line, 'an instruction without an end');
  return found;
}

function withFlags(text: string): Pick<Step, 'flags' | 'rest'> {
  const flags: Record<string, string> = {};
  let rest = text;
  for (let flag; (flag = /^--([\w-]+)=(\S+)\s+/.exec(rest)) !== null; rest = rest.slice(flag[0].length))
    flags[flag[1]!] = flag[2]!;
  return { flags, rest };
}

/** `$NAME` and `${NAME}`; what is unset is nothing, as there. */
export function substituted(text: string, variables: Readonly<Record<string, string>>): string {
  return text.replaceAll(/\$(?:\{(\w+)\}|(\w+))/g, (_, braced?: string, bare?: string) => {
    return variables[braced ?? bare ?? ''] ?? '';
  });
}

/** The pairs of `ENV A=b C="d e"`. */
export function pairsOf({ rest, line }: Step, variables: Readonly<Record<string, string>>): [string, string][] {
  const pairs = [...rest.matchAll(/(\w+)=("[^"]*"|\S*)/g)];
  if (pairs.map(([whole]) => whole).join(' ') !== rest.replaceAll(/\s+/g, ' ')) return fail(line, rest);
  return pairs.map(([, name, value]) => [name!, substituted(value!.replaceAll(/^"|"$/g, ''), variables)]);
}

/** The words of what is written as a list, as in `CMD ["node", "main.js"]`. The form with a shell is not ours. */
export function listOf({ rest, line, instruction }: Step): string[] {
  const text = instruction === 'HEALTHCHECK' ? rest.replace(/^CMD\s+/, '') : rest;
  try {
    const list: unknown = JSON.parse(text);
    if (Array.isArray(list) && list.every((word) => typeof word === 'string')) return list;
  } catch {
    // Said below.
  }
  return fail(line, `${instruction} that is no list`);
}

function fail(line: number, what: string): never {
  throw new Error(`Dockerfile, line ${line}: nobody has taught this reader ${what}.`);
}
