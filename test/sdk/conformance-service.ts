import { faultsOfLines } from './conformance-lines.js';
import { ConformanceStage } from './conformance-stage.js';

/*
 * For those who write the program of an SDK: starts service, proxy and world, runs a command with the variables set, and holds what it prints against
 * the list. `npm run sdk:conformance -- COMMAND…`. With ONLY=case,case a program may leave out the rest; without a command
 * the variables are printed, and everything stays until Ctrl-C.
 */

const command = process.argv.slice(2).filter((part, at) => at > 0 || part !== '--');
const ending = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => ending.abort());

const stage = await ConformanceStage.start();
try {
  if (command.length === 0) await serve();
  else await run();
} finally {
  await stage.stop();
}

async function run(): Promise<void> {
  const onOutput = (text: string) => void process.stdout.write(text);
  const program = { command, directory: process.cwd() };
  const { output, errors, code } = await stage.run(program, { onOutput, signal: ending.signal });
  process.stderr.write(errors);
  const only = process.env['ONLY']?.split(',');
  const faults = faultsOfLines(output, only);
  for (const fault of faults) console.error(`not ok  ${fault}`);
  if (code !== 0) console.error(`The program ended with ${code}.`);
  process.exitCode = faults.length === 0 && code === 0 ? 0 : 1;
}

async function serve(): Promise<void> {
  for (const [name, value] of Object.entries(stage.variables)) console.log(`export ${name}='${value}'`);
  // An event that nobody waits for keeps no process: this does.
  const waiting = setInterval(() => undefined, 60_000);
  await new Promise((resolve) => ending.signal.addEventListener('abort', resolve));
  clearInterval(waiting);
}
