import { Client } from 'pg';

/*
 * Loaded into a worker before everything else: the process stops itself (SIGSTOP) right before or right after it
 * writes one step into a cutover's journal, or the beginning of one into the rollback's log, so that somebody outside can
 * kill it, or something else, at that very moment, or let it go on. STOP_AT is `step:before` or `step:after`; only the
 * first time counts. When it goes on its clock has jumped by CLOCK_JUMP_MS.
 */
const [step, side] = (process.env['STOP_AT'] ?? ':').split(':');
const original = Client.prototype.query;
let armed = step !== '';
/** The connection whose transaction writes the step. */
let writer;

Client.prototype.query = function query(...args) {
  const text = typeof args[0] === 'string' ? args[0] : args[0]?.text;
  if (armed && writer === undefined && isWrite(text, args)) {
    writer = this;
    if (side === 'before') stop();
  }
  const result = original.apply(this, args);
  if (armed && side === 'after' && writer === this && text === 'COMMIT') {
    armed = false;
    // What waits for the commit runs after this, or is a step of the queue further on: nothing is taken yet.
    return result?.then === undefined ? result : result.then((value) => (halt(), value));
  }
  return result;
};

function isWrite(text, args) {
  if (typeof text !== 'string' || !text.includes('"rollback_logs"') || !text.startsWith('UPDATE')) return false;
  const values = Array.isArray(args[1]) ? args[1] : (args[0]?.values ?? []);
  return values.some((value) => stepOf(value) === step);
}

function stepOf(value) {
  if (typeof value === 'string' && value.startsWith('[{"name":')) return JSON.parse(value).at(-1).name;
  if (typeof value === 'object' && value !== null) return value.step;
  const found = typeof value === 'string' ? /^\{"step":"([a-z-]+)"|"step":"([a-z-]+)"/.exec(value) : null;
  return found?.[1] ?? found?.[2];
}

function stop() {
  armed = false;
  halt();
}

function halt() {
  process.kill(process.pid, 'SIGSTOP');
  const jump = Number(process.env['CLOCK_JUMP_MS'] ?? 0);
  if (jump !== 0) jumpClock(jump);
}

/** What the process takes for the time of day; how long something takes is measured by another clock. */
function jumpClock(ms) {
  const RealDate = Date;
  globalThis.Date = class Date extends RealDate {
    constructor(...args) {
      if (args.length === 0) super(RealDate.now() + ms);
      else super(...args);
    }
    static now() {
      return RealDate.now() + ms;
    }
  };
}
