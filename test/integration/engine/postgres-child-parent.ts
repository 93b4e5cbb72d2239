import { startChild } from '../../../src/engine/postgres/programs/child.js';

/** Starts a program that would run for a minute, says its process id over the channel, and waits to be killed. */
const child = await startChild('sleep', ['60'], { env: { PATH: process.env['PATH'] } });
process.send?.(child.pid);
process.on('message', () => undefined);
