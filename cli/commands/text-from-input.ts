import { usage } from '../outcome/outcome-error.js';

/** Far more than a token or a password is; whoever pipes a disk image in is told so. */
const LONGEST = 64 * 1024;

/** What is piped in, without the end of its line. */
export async function textFromInput(what: string): Promise<string> {
  if (process.stdin.isTTY) throw usage(`Pipe ${what} in; at a terminal others could read it.`);
  let text = '';
  for await (const piece of process.stdin.setEncoding('utf8')) {
    text += piece as string;
    if (text.length > LONGEST) throw usage(`What was piped in is too long for ${what}.`);
  }
  if (text.trim() === '') throw usage(`Nothing was piped in where ${what} was to come from.`);
  return text.replace(/\r?\n$/, '');
}
