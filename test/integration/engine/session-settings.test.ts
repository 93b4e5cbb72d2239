import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { withConnection } from '../../../src/engine/postgres/connection/connect.js';
import { programOptions, READING_SETTINGS } from '../../../src/engine/postgres/connection/session-settings.js';
import { createTestDatabase, type TestDatabase } from '../../harness/database.js';

/** What anybody can set and changes neither a row's text nor a literal's meaning nor a session's life. */
const HARMLESS: Readonly<Record<string, RegExp[]>> = {
  'how a statement is planned': [
    /^(enable|geqo|jit|cpu|parallel|min_parallel|max_parallel)_?/,
    /_cost$/,
    /collapse_limit$/,
    /^(constraint_exclusion|cursor_tuple_fraction|plan_cache_mode|effective_cache_size|recursive_worktable_factor)$/,
    /^(default_statistics_target|stats_fetch_consistency|debug_parallel_query|force_parallel_mode)$/,
  ],
  'memory, disk and what waits for it': [
    /_mem$/,
    /^(temp_buffers|temp_tablespaces|temp_file_limit|hash_mem_multiplier|work_mem)$/,
    /io_concurrency$/,
    /^(backend_flush_after|commit_delay|commit_siblings|wal_|gin_|io_combine_limit|logical_decoding_)/,
    /^(vacuum|synchronous_commit$|track_|update_process_title|max_stack_depth)/,
    /^(file_copy_method|io_max_combine_limit|zero_damaged_pages)$/,
  ],
  'what is logged, shown or measured': [
    /^(log_|debug_|application_name$|lc_messages$|client_min_messages$|compute_query_id$)/,
    /^trace_/,
    /^(event_source|escape_string_warning|allow_in_place_tablespaces|backtrace_functions)/,
  ],
  'the connection': [
    /^(tcp_|client_encoding$|ssl_|wal_sender_timeout$|deadlock_timeout$|ignore_checksum_failure$|wal_receiver)/,
  ],
  'named by a definition itself': [
    /^(default_(table_access_method|tablespace|toast_compression)|icu_validation_level)$/,
    /^(check_function_bodies|createrole_self_grant|password_encryption|allow_system_table_mods|lo_compat_privileges|scram_iterations|ignore_system_indexes|composite_type_mismatch|ignore_invalid_pages|event_triggers|md5_password_warnings|allow_alter_system|extension_control_path)$/,
  ],
  'of one transaction, or where files are looked for': [
    /^transaction_(isolation|read_only|deferrable)$/,
    /^(dynamic_library_path|extension_destdir|local_preload_libraries|session_preload_libraries|seed|jit_.*)$/,
    /^(post_auth_delay|pre_auth_delay|optimize_bounded_sort|array_base|remove_temp_files_after_crash)$/,
  ],
};

describe('the settings of our sessions', () => {
  let database: TestDatabase;

  beforeAll(async () => {
    database = await createTestDatabase();
  });
  afterAll(async () => {
    await database.drop();
  });

  it('pin everything that anybody can set, or it is named as harmless', async () => {
    const names = await withConnection(database.address, {}, async (client) => {
      const { rows } = await client.query<{ name: string }>(
        "SELECT name FROM pg_catalog.pg_settings WHERE context IN ('user', 'superuser', 'backend', 'superuser-backend') ORDER BY 1",
      );
      return rows.map(({ name }) => name);
    });
    const harmless = Object.values(HARMLESS).flat();
    const pinned = new Set(Object.keys(READING_SETTINGS).map((name) => name.toLowerCase()));
    const open = names.filter(
      (name) =>
        !pinned.has(name.toLowerCase()) && !name.includes('.') && !harmless.some((pattern) => pattern.test(name)),
    );
    expect(open).toEqual([]);
  });

  it('hold whatever the role has set for itself, for connections and for programs', async () => {
    const { host, port, database: name, user, password } = database.address;
    await withConnection(database.admin, {}, async (admin) => {
      for (const setting of [
        'array_nulls = off',
        "xmlbinary = 'hex'",
        "xmloption = 'document'",
        "lc_monetary = 'C.UTF-8'",
        "bytea_output = 'escape'",
        "default_text_search_config = 'pg_catalog.german'",
        "IntervalStyle = 'sql_standard'",
        "DateStyle = 'German, DMY'",
        "statement_timeout = '1min'",
        "idle_session_timeout = '1min'",
        'default_transaction_read_only = on',
        'exit_on_error = on',
        "session_replication_role = 'replica'",
        "TimeZone = 'Asia/Kathmandu'",
        "search_path = 'public, pg_catalog'",
      ]) {
        await admin.query(`ALTER ROLE ${user} SET ${setting}`);
      }
    });
    const ask = `SELECT name, setting FROM pg_catalog.pg_settings`;
    const ours = await withConnection(
      database.address,
      { settings: READING_SETTINGS },
      async (client) => (await client.query(ask)).rows,
    );
    const program = new Client({
      host,
      port,
      database: name,
      user,
      password,
      options: programOptions(READING_SETTINGS, 15),
    });
    await program.connect();
    const theirs = (await program.query(ask)).rows;
    await program.end();
    for (const rows of [ours, theirs] as { name: string; setting: string }[][]) {
      const now = new Map(rows.map((row) => [row.name.toLowerCase(), row.setting]));
      const differing = Object.entries(READING_SETTINGS)
        .filter(([setting]) => now.has(setting.toLowerCase()))
        .filter(([setting, value]) => now.get(setting.toLowerCase())!.replace(/^""$/, '') !== value)
        .map(([setting]) => setting);
      // Only a superuser may set it, and somebody who was one has set it for the role.
      expect(differing).toEqual(['session_replication_role']);
    }
  });
});
