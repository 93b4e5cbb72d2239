/** What is found when a cutover is taken up by somebody else. */
export interface RecoveryFacts {
  /** Which database bears the live name; null when the cutover has none. */
  database: { live: Side; open: boolean } | null;
  /** Which state's files are at the live path, `partly` some of each (of a mount point); null when the cutover has none. */
  filestore: { live: Side | 'partly' } | null;
  /** The live database was closed by a recovery, while the old one bore the name. */
  closedByUs: boolean;
  /** Why the directories cannot be exchanged, once that was tried. */
  exchangeProblem: string | null;
  /** Something was written into the live state since the cutover; only asked when the halves differ in the wrong way. */
  writtenSince: boolean;
  /** Why a person was asked before. */
  asked: string | null;
}

/** The one from before, the one that was to replace it, or neither. */
export type Side = 'old' | 'new' | 'unknown';

/** The next thing to do. After those that are not final the facts are looked at again. */
export type RecoveryAction =
  | { do: 'exchange'; to: 'old' | 'new'; why: string }
  | { do: 'open'; why: string }
  | { do: 'names-back'; why: string }
  | { do: 'close'; why: string }
  /** Final: the new state is whole and open. */
  | { do: 'finish'; why: string }
  /** Final: the old state is whole and open. */
  | { do: 'revert'; why: string }
  /** Final: a person has to look. `close` first, so that nobody reads a mixture meanwhile. */
  | { do: 'ask'; close: boolean; why: string };

/**
 * What to do about a cutover that somebody else has left behind. It looks at what is there, by oid and
 * inode, and never repeats what a journal says was about to happen: two exchanges would cancel out.
 */
export function decideRecovery(facts: RecoveryFacts): RecoveryAction {
  const { database, filestore, asked } = facts;
  if (asked !== null) return ask(asked);
  if (database?.live === 'unknown') return ask('no database of this cutover bears the live name');
  if (filestore?.live === 'unknown') return ask('the directory at the live path is none of this cutover');
  if (filestore?.live === 'partly') return halfExchanged(database, facts);
  if (database === null) {
    return filestore?.live === 'new'
      ? { do: 'finish', why: 'the new directory is in place' }
      : { do: 'revert', why: 'the old directory is in place' };
  }
  // Without a filestore the database's half is the whole.
  const files = filestore?.live ?? database.live;
  if (database.live === 'new') return files === 'new' ? forwards(database.open) : halfSwapped(database.open, facts);
  return files === 'new' ? swapLost(database.open, facts) : backwards(database.open, facts);
}

/** Some of the new files, some of the old ones, as an exchange entry by entry leaves them: the database says which way to go on. */
function halfExchanged(database: RecoveryFacts['database'], facts: RecoveryFacts): RecoveryAction {
  const { exchangeProblem, writtenSince } = facts;
  const isBack = database?.live === 'old';
  if (database?.open && !isBack)
    return ask('the new database was opened beside some of the old files by somebody else', true);
  if (database?.open) return { do: 'close', why: 'the old database is open, and only some of its files are in place' };
  if (exchangeProblem !== null) return ask(`the rest of the files cannot be exchanged: ${exchangeProblem}`);
  if (isBack && writtenSince)
    return ask('the old database is in place with some of its files, and something was written since');
  return isBack
    ? { do: 'exchange', to: 'old', why: 'the old database is in place, and some of its files are not' }
    : { do: 'exchange', to: 'new', why: 'only some of the new files are in place' };
}

/** new database, new files. */
function forwards(open: boolean): RecoveryAction {
  return open
    ? { do: 'finish', why: 'the new state is in place and open' }
    : { do: 'open', why: 'the new state is in place and closed' };
}

/** new database, old files. */
function halfSwapped(open: boolean, { exchangeProblem }: RecoveryFacts): RecoveryAction {
  if (open) return ask('the new database was opened beside the old files by somebody else', true);
  return exchangeProblem === null
    ? { do: 'exchange', to: 'new', why: 'the new database is in place, the new files are not yet' }
    : { do: 'names-back', why: `the directories cannot be exchanged: ${exchangeProblem}` };
}

/** old database, new files: the server has lost a swap that it had acknowledged. */
function swapLost(open: boolean, { writtenSince, exchangeProblem }: RecoveryFacts): RecoveryAction {
  if (open)
    return { do: 'close', why: 'the server lost the swap of the databases, so the old rows meet the new files' };
  if (writtenSince) return ask('the server lost the swap of the databases, and something was written since');
  if (exchangeProblem !== null) return ask(`the directories cannot be exchanged back: ${exchangeProblem}`);
  return { do: 'exchange', to: 'old', why: 'the server lost the swap of the databases and nothing was written since' };
}

/** old database, old files. */
function backwards(open: boolean, { closedByUs }: RecoveryFacts): RecoveryAction {
  if (open) return { do: 'revert', why: 'the old state is in place and open' };
  return closedByUs
    ? { do: 'open', why: 'the old state is in place, and we had closed it' }
    : ask('the old state is in place, and was closed by somebody else');
}

function ask(why: string, close = false): RecoveryAction {
  return { do: 'ask', close, why };
}
