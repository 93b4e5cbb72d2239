import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { Client } from 'pg';

/*
 * Loaded into a worker before everything else: the process stops itself (SIGSTOP) right before or right after one step of
 * a rollback, so that somebody outside can kill it, or something else, at that very moment, or let it go on. STOP_AT is
 * `step:before` or `step:after`; only the first time counts. When it goes on its clock has jumped by CLOCK_JUMP_MS.
 *
 * A step is seen by the statement it begins with: one of STATEMENTS, or else what writes it into a cutover's journal, or
 * its beginning into the rollback's log. It is over when that is answered, or its transaction is committed.
 */
const STATEMENTS = {
  'safety-ordered': { begins: /^INSERT INTO "snapshots"/, commits: true },
  'door-opened': { begins: /^ALTER DATABASE "snapback_kept_\w+" ALLOW_CONNECTIONS true/ },
  // A cutover closes it too, and so does a capture before it begins.
  'door-closed': { begins: /^ALTER DATABASE "snapback_kept_\w+" ALLOW_CONNECTIONS false/, later: 'door-opened' },
  'safety-published': { begins: /^UPDATE "snapshots"/, says: 'completed', commits: true },
  'standby-begun': { begins: /^\s*INSERT INTO standbys/, commits: true },
  'standby-ready': { begins: /^UPDATE "standbys"/, says: 'ready', commits: true },
  'standby-taken': { begins: /^UPDATE "standbys" SET "taken_by"/, commits: true },
  'kept-removed': { begins: /^DROP DATABASE IF EXISTS "snapback_kept_/ },
};
const WRITTEN_DOWN = { commits: true };

const [step, side] = (process.env['STOP_AT'] ?? ':').split(':');
const wanted = STATEMENTS[step] ?? WRITTEN_DOWN;
const original = Client.prototype.query;
const seen = new Set();
/** Of the exchange at the top of a mount point: before the so many-th entry is looked at, which is right before it is moved. */
const ENTRY = /\/fd\/\d+\/(\d+\.txt|written)$/;
const ENTRIES = { 'second-entry': 2, 'middle-entry': 11 };
/** What gives the top itself the attributes it has in that state. */
const TOP_ITSELF = 'top-itself';
let armed = step !== '';
/** The connection that takes the step. */
let taker;

Client.prototype.query = function query(...args) {
  const text = typeof args[0] === 'string' ? args[0] : args[0]?.text;
  const values = Array.isArray(args[1]) ? args[1] : (args[0]?.values ?? []);
  let ends = armed && taker === this && text === 'COMMIT';
  if (armed && taker === undefined && typeof text === 'string' && begins(text, values)) {
    taker = this;
    ends = wanted.commits !== true;
    if (side === 'before') stop();
  }
  if (armed && typeof text === 'string') note(text, values);
  const result = original.apply(this, args);
  if (armed && side === 'after' && ends) {
    armed = false;
    // What waits for it runs after this, or is a step of the queue further on: nothing is taken yet.
    return result?.then === undefined ? result : result.then((value) => (halt(), value));
  }
  return result;
};

if (step in ENTRIES || step === TOP_ITSELF) stopAtTheTop();

function stopAtTheTop() {
  let entries = 0;
  const isUnderWay = () => armed && seen.has('exchange-directories');
  const { lstatSync, chmodSync } = fs;
  fs.lstatSync = (path, ...rest) => {
    if (isUnderWay() && ENTRY.test(String(path)) && (entries += 1) === ENTRIES[step]) stop();
    return lstatSync(path, ...rest);
  };
  fs.chmodSync = (path, ...rest) => {
    if (isUnderWay() && step === TOP_ITSELF && String(path).endsWith('/../..')) stop();
    return chmodSync(path, ...rest);
  };
  syncBuiltinESMExports();
}

function begins(text, values) {
  if (wanted === WRITTEN_DOWN)
    return (
      text.startsWith('UPDATE') && text.includes('"rollback_logs"') && values.some((value) => stepOf(value) === step)
    );
  if (!wanted.begins.test(text)) return false;
  if (wanted.says !== undefined && !values.includes(wanted.says)) return false;
  return wanted.later === undefined || seen.has(wanted.later);
}

function note(text, values) {
  if (text.startsWith('UPDATE') && values.some((value) => stepOf(value) === 'exchange-directories'))
    seen.add('exchange-directories');
  for (const [name, { begins: pattern }] of Object.entries(STATEMENTS)) if (pattern.test(text)) seen.add(name);
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
