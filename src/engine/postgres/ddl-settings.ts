/**
 * Settings of every session in which we change something, whatever the role or the database has set
 * for itself: a commit that was acknowledged is on disk, and no timeout of the application's applies.
 */
export const OWN_DDL_SETTINGS = {
  search_path: '',
  synchronous_commit: 'on',
  default_transaction_read_only: 'off',
  statement_timeout: '0',
  lock_timeout: '0',
  idle_in_transaction_session_timeout: '0',
} as const;
