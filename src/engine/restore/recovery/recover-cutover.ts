import type { DatabaseAddress } from '../../postgres/connection/database-address.js';
import { endBackends } from '../../postgres/swap/end-backends.js';
import { EngineError } from '../../engine-error.js';
import { SwapSession } from '../../postgres/swap/swap-session.js';
import type { CutoverHooks, CutoverJournal, CutoverRecord } from '../cutover/cutover-journal.js';
import { decideRecovery } from './decide-recovery.js';
import type { RecoveryAction } from './decide-recovery.js';
import { moveStaged, nameKeptDirectory } from './move-staged.js';
import { RecoveryActs } from './recovery-acts.js';
import { readRecoveryFacts } from './recovery-facts.js';

/** More rounds than any way through the table takes. */
const MOST_ROUNDS = 10;
/** How long whoever has just been ended may still hold the lock. */
const LOCK_PATIENCE_MS = 5_000;

export interface RecoveryContext {
  journal: CutoverJournal;
  hooks?: CutoverHooks;
  /** Of this attempt; larger than that of every one before. Names the staged directory. */
  epoch: number;
  /** Told what is about to be done, a sentence each. */
  say: (message: string) => void;
}

export interface RecoveryResult {
  /** `person`: both states are kept, and nobody could know which is right. */
  outcome: 'completed' | 'reverted' | 'person';
  /** What was found and done, a sentence. */
  story: string;
  /** When the live database was opened, if this recovery did it. */
  openedAt?: Date;
  /** What now lies beside the live state: after `completed` the previous one. */
  database?: string;
  directory?: string;
  warnings: string[];
}

/**
 * Finishes or reverts a cutover that somebody else has left behind, whatever became of them: ends what
 * they still have on the server, takes the directory they would exchange out of their reach, looks at
 * what is there, and acts by `decideRecovery`. `address` is of the live database.
 *
 * Rejects with an `EngineError` when it could not look or act, for instance because the server is away,
 * and with what the journal rejects with: then it is to be tried again, under a new epoch.
 */
export async function recoverCutover(
  record: CutoverRecord,
  address: DatabaseAddress | undefined,
  context: RecoveryContext,
): Promise<RecoveryResult> {
  const { database } = record;
  const session = database && (await openSession(database.maintenance, address));
  try {
    return await recover(record, session, context);
  } finally {
    await session?.close();
  }
}

async function recover(
  found: CutoverRecord,
  session: SwapSession | undefined,
  context: RecoveryContext,
): Promise<RecoveryResult> {
  if (session && session.systemIdentifier !== found.database?.systemIdentifier) {
    return asked('the environment is on another server than the cutover was', []);
  }
  let record = withBackends({ ...found, step: 'recover' }, session);
  await context.journal.write(record);
  if (session && found.database) {
    await endBackends(session.helperClient, found.database.backends);
    if (!(await session.lock(found.database.names.expectedLiveOid, LOCK_PATIENCE_MS)))
      throw new EngineError('cutover-failed', 'Somebody else is swapping the same database at this moment.');
  }
  record = await moveStaged(record, context.epoch, context.journal);

  const acts = new RecoveryActs(session, context.journal, record);
  const done: string[] = [];
  for (let round = 1; round <= MOST_ROUNDS; round += 1) {
    const facts = await readRecoveryFacts(session, acts.record, acts.exchangeProblem);
    const action = decideRecovery(facts);
    done.push(action.why);
    if (isFinal(action)) return conclude(action, acts, context, done);
    context.say(`${sentence(action.why)} ${INTENTIONS[action.do]}`);
    await acts.carryOut(action);
  }
  throw new EngineError(
    'cutover-failed',
    `The cutover keeps changing while it is being recovered: ${done.join('; ')}.`,
  );
}

type FinalAction = Extract<RecoveryAction, { do: 'finish' | 'revert' | 'ask' }>;

function isFinal(action: RecoveryAction): action is FinalAction {
  return action.do === 'finish' || action.do === 'revert' || action.do === 'ask';
}

async function conclude(
  action: FinalAction,
  acts: RecoveryActs,
  { hooks, journal }: RecoveryContext,
  done: string[],
): Promise<RecoveryResult> {
  const { openedAt } = acts;
  const opened = openedAt === undefined ? {} : { openedAt };
  if (action.do === 'ask') {
    await acts.ask(action);
    return { ...asked(action.why, done.slice(0, -1)), ...(await acts.beside()) };
  }
  const outcome = action.do === 'finish' ? 'completed' : 'reverted';
  if (outcome === 'completed') await acts.makeDurable({ isClosed: false });
  const warnings = (await hooks?.after(outcome)) ?? [];
  await journal.write({ ...acts.record, step: outcome === 'completed' ? 'done' : 'revert' });
  if (outcome === 'completed') await nameKeptDirectory(acts.record, warnings);
  return { outcome, story: sentence(done.join('; ')), ...opened, ...(await acts.beside()), warnings };
}

const INTENTIONS = {
  exchange: 'Exchanging the files.',
  open: 'Opening the database.',
  'names-back': 'Giving the databases their names back.',
  close: 'Closing the database.',
};

function asked(why: string, done: string[]): RecoveryResult {
  return { outcome: 'person', story: sentence([...done, why].join('; ')), warnings: [] };
}

async function openSession(maintenance: string, address: DatabaseAddress | undefined): Promise<SwapSession> {
  if (address === undefined) throw new EngineError('database-missing', 'The environment has no database any more.');
  return SwapSession.open({ ...address, database: maintenance });
}

/** Ours too: whoever comes after us must be able to end what we have sent. */
function withBackends(record: CutoverRecord, session: SwapSession | undefined): CutoverRecord {
  if (!record.database || !session) return record;
  const backends = [...record.database.backends, ...session.backends];
  return { ...record, database: { ...record.database, backends } };
}

function sentence(words: string): string {
  return `${words.charAt(0).toUpperCase()}${words.slice(1)}.`;
}
