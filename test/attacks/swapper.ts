import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { NOBODY } from '../integration/engine/filestore-scratch.js';

/**
 * Puts links to places outside where directories were, and the directories back again, as fast as it can: whatever lies in
 * the given directories or a few levels below, what was there before and what appears meanwhile. Each directory is
 * paired with where links in it lead. Counts its swaps, says how many, and ends when its input does.
 */
const LOOP = `
  const { readdirSync, renameSync, symlinkSync, unlinkSync, lstatSync } = require('node:fs');
  const places = JSON.parse(process.argv[1]);
  process.setgroups([]); process.setgid(${NOBODY}); process.setuid(${NOBODY});
  let going = true; let swaps = 0;
  process.stdin.on('end', () => { going = false; }).resume();
  console.log('ready');
  const pause = (turns) => { for (let n = 0; n < turns; n += 1) try { lstatSync('/'); } catch {} };
  const swap = (directory, name, to) => {
    const [path, aside] = [directory + '/' + name, directory + '/.aside'];
    try { renameSync(path, aside); } catch { return; }
    try { symlinkSync(to, path); swaps += 1; } catch {}
    pause(Math.floor(Math.random() * 30));
    try { unlinkSync(path); } catch {}
    try { renameSync(aside, path); } catch {}
  };
  const below = (directory, depth) => {
    let names = [];
    try { names = readdirSync(directory, { withFileTypes: true }); } catch {}
    const found = names.filter((entry) => entry.isDirectory() && entry.name !== '.aside').map((entry) => [directory, entry.name]);
    return depth === 0 ? found : [...found, ...found.flatMap(([, name]) => below(directory + '/' + name, depth - 1))];
  };
  const round = () => {
    for (const { directory, to, depth } of places) {
      const found = below(directory, depth);
      for (let n = 0; n < 4 && found.length > 0; n += 1) swap(...found[Math.floor(Math.random() * found.length)], to);
    }
    // So that something gets through now and then.
    if (Math.random() < 0.1) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, Math.random() * 200);
    if (going) setImmediate(round); else console.log(swaps);
  };
  round();
`;

export interface SwappedPlace {
  directory: string;
  /** Where the links in it lead. */
  to: string;
  /** How many levels below it are swapped too. */
  depth: number;
}

export class Swapper {
  private constructor(
    private readonly process: ChildProcess,
    private readonly output: string[],
  ) {}

  /** Resolves when it swaps. Needs to be started by root. */
  static async start(places: readonly SwappedPlace[]): Promise<Swapper> {
    const child = spawn(process.execPath, ['-e', LOOP, JSON.stringify(places)], { stdio: ['pipe', 'pipe', 'inherit'] });
    const output: string[] = [];
    child.stdout.setEncoding('utf8').on('data', (text: string) => output.push(text));
    await once(child.stdout, 'data');
    return new Swapper(child, output);
  }

  /** Ends it; resolves to how often it has put a link somewhere. */
  async stop(): Promise<number> {
    const ended = once(this.process, 'exit');
    this.process.stdin!.end();
    await ended;
    return Number(this.output.join('').trim().split('\n')[1]);
  }
}
