import type { DatabaseEntry } from '../../vault/manifests/manifest-database.js';
import { searchPathValue } from '../postgres/sql/search-path.js';
import { EVALUATING_SETTINGS, programOptions, WRITING_SETTINGS } from '../postgres/connection/session-settings.js';
import { shellWord } from './psql-text.js';

export interface LoadFacts {
  snapshotId: string;
  database: Pick<DatabaseEntry, 'searchPath' | 'serverVersion'>;
  /** The captured database had no schema `public`. */
  dropPublic: boolean;
}

/**
 * The script that loads an extracted database: as a rollback does it (`Restoration`), one thing after the other, with PostgreSQL's own
 * programs. What fails under the empty search path of those programs is tried again under the path of the environment's role.
 */
export function loadScript({ snapshotId, database, dropPublic }: LoadFacts): string {
  const major = Number.parseInt(database.serverVersion, 10);
  const { searchPath } = database;
  const path = searchPath && searchPath.length > 0 ? { search_path: searchPathValue(searchPath) } : undefined;
  const facts = {
    SNAPSHOT: snapshotId,
    SERVER_VERSION: database.serverVersion,
    OPTIONS: programOptions(WRITING_SETTINGS, major),
    PATH_OPTIONS: path ? programOptions({ ...WRITING_SETTINGS, ...path }, major) : '',
    EVALUATING: programOptions(EVALUATING_SETTINGS, major),
    PATH_EVALUATING: path ? programOptions({ ...EVALUATING_SETTINGS, ...path }, major) : '',
    DROP_PUBLIC: dropPublic ? 'yes' : '',
  };
  const assignments = Object.entries(facts).map(([name, value]) => `${name}=${shellWord(value)}\n`);
  return `${HEAD}${assignments.join('')}${BODY.replaceAll('@{', '${')}`;
}

const HEAD = String.raw`#!/usr/bin/env bash
# Loads this database into an empty one, with psql and pg_restore alone:
#
#     load.sh [--create] [--owners keep|mine] DATABASE
#
# The server and the role are those of the PG* variables (PGHOST, PGPORT, PGUSER, …); the password comes from ~/.pgpass or
# PGPASSWORD. PG_BIN may name the directory of the programs. --create makes the database first, with the captured encoding and locale.
# --owners keep gives owners and privileges back, which takes a superuser and the roles that are named; mine leaves all to the role
# that loads. Left out, it is keep for superusers. The first error ends it: drop the database then, and begin again.
set -euo pipefail
export LC_ALL=C

`;

/** `@{` is a shell's `${`, which would be this language's here. */
const BODY = String.raw`
say() { printf '%s\n' "$*"; }
die() { printf 'load.sh: %s\n' "$*" >&2; exit 1; }

create='' owners=''
while [ $# -gt 0 ]; do
  case $1 in
    --create) create=yes ;;
    --owners) [ $# -gt 1 ] || die '--owners takes keep or mine.'; owners=$2; shift ;;
    -*) die "there is no option $1; the head of this script says how it is used." ;;
    *) [ -z "@{target:-}" ] || die 'name one database.'; target=$1 ;;
  esac
  shift
done
[ -n "@{target:-}" ] || die 'name the database to load into.'
case $owners in ''|keep|mine) ;; *) die '--owners takes keep or mine.' ;; esac

here=$(cd "$(dirname "$0")" && pwd)
work=$(umask 077 && mktemp -d)
trap 'rm -rf "$work"' EXIT
psql=@{PG_BIN:+$PG_BIN/}psql
pg_restore=@{PG_BIN:+$PG_BIN/}pg_restore
for program in "$psql" "$pg_restore"; do
  command -v "$program" >/dev/null || die "$program is not there; install PostgreSQL's client programs, or set PG_BIN."
done
# A name with = in it would be taken for a connection string.
backslash='\' quote="'"
escaped=@{target//"$backslash"/"$backslash$backslash"}
escaped=@{escaped//"$quote"/"$backslash$quote"}
connection="dbname='$escaped'"
export PGCLIENTENCODING=UTF8 PGAPPNAME='snapback load'

# sql OPTIONS [ARGUMENTS…]: runs the script on standard input in one session.
sql() { local options=$1; shift; PGOPTIONS=$options "$psql" -X -q -v ON_ERROR_STOP=1 -v VERBOSITY=terse "$@" -d "$connection" -f -; }

# twice WHAT OPTIONS PATH_OPTIONS COMMAND…: what COMMAND prints, in one transaction; again under the path of the environment's role when it fails.
twice() {
  local what=$1 options=$2 again=$3; shift 3
  if "$@" | sql "$options" --single-transaction >/dev/null 2>"$work/error"; then return 0; fi
  if [ -n "$again" ] && "$@" | sql "$again" --single-transaction >/dev/null 2>"$work/again"; then
    say "note: $what was only possible under the search_path of the environment's role."
    return 0
  fi
  cat "$work/error" >&2
  return 1
}

# each FILE: the statements of FILE one by one; one that is refused is told, and is no reason to end.
each() {
  PGOPTIONS=$OPTIONS "$psql" -X -q -v ON_ERROR_STOP=0 -v VERBOSITY=terse -v "target=$target" -v "keep_owners=$keep" -d "$connection" -f "$1" \
    >/dev/null 2>"$work/refused" || { cat "$work/refused" >&2; die "the server does not answer."; }
  sed 's/^/warning: /' "$work/refused" >&2
}

# restore WHAT LIST: these entries of the archive, as often as something new comes of it. What is left is tried by itself.
restore() {
  local what=$1 todo=$2 line
  [ -s "$todo" ] || return 0
  cp "$todo" "$work/todo"
  while [ -s "$work/todo" ]; do
    if PGOPTIONS=$OPTIONS "$pg_restore" "@{owner_options[@]}" --use-list="$work/todo" --dbname="$connection" "$here/definitions.dump" 2>"$work/errors"; then
      return 0
    fi
    sed -n 's/^pg_restore: from TOC entry \([0-9]*\);.*/\1/p' "$work/errors" | sort -u >"$work/failed"
    [ -s "$work/failed" ] || { cat "$work/errors" >&2; die "$what could not be restored."; }
    awk -F';' 'NR == FNR { failed[$1]; next } $1 in failed' "$work/failed" "$work/todo" >"$work/next"
    if [ "$(wc -l <"$work/next")" -ge "$(wc -l <"$work/todo")" ]; then break; fi
    mv "$work/next" "$work/todo"
  done
  while IFS= read -r line <&3; do
    printf '%s\n' "$line" >"$work/one"
    "$pg_restore" "@{owner_options[@]}" --use-list="$work/one" --file="$work/one.sql" "$here/definitions.dump"
    # Without what pg_restore says of the path, which would be the empty one again.
    sed "s/^SELECT pg_catalog.set_config('search_path', '', false);\$//" "$work/one.sql" >"$work/bare.sql"
    if twice "@{line#*; }" "$OPTIONS" "$PATH_OPTIONS" cat "$work/bare.sql"; then continue; fi
    case @{line#*; * * } in
      COMMENT\ *|SECURITY\ LABEL\ *|USER\ MAPPING\ *) printf 'warning: %s was not restored.\n' "@{line#*; }" >&2 ;;
      *) die "$what could not be restored." ;;
    esac
  done 3<"$work/todo"
}

# listed SECTION: entries of the archive.
listed() { "$pg_restore" --list "$@" "$here/definitions.dump" | grep -v '^;' || true; }
of_types() { grep -E "^[0-9]+; [0-9]+ [0-9]+ ($1)( |\$)" || true; }
without() { grep -vE "^[0-9]+; [0-9]+ [0-9]+ ($1)( |\$)" || true; }

if [ -n "$create" ]; then
  say "Creating the database."
  "$psql" -X -q -v ON_ERROR_STOP=1 -v "target=$target" -d "@{PGDATABASE:-postgres}" -f "$here/create.sql" || die 'the database could not be created.'
fi
count=$(sql "$OPTIONS" -A -t <<'SQL'
SELECT count(*) FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
 WHERE n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast') AND n.nspname !~ '^pg_temp';
SQL
) || die 'the database cannot be reached; --create makes one.'
[ "$count" = 0 ] || die 'the database is not empty; name another one, or make one with --create.'

super=$(sql "$OPTIONS" -A -t <<<'SELECT rolsuper FROM pg_catalog.pg_roles WHERE rolname = current_user;')
if [ -z "$owners" ]; then if [ "$super" = t ]; then owners=keep; else owners=mine; fi; fi
owner_options=(--format=custom) keep=on
if [ "$owners" = mine ]; then
  owner_options+=(--no-owner --no-privileges); keep=off
  say 'Everything will belong to the role that loads it, without privileges of others.'
else
  missing=$(sql "$OPTIONS" -A -t <"$here/roles.sql")
  if [ -n "$missing" ]; then
    printf '%s\n' "$missing" >&2
    die 'the server does not have these roles; create them, or load with --owners mine.'
  fi
fi

say "Snapshot $SNAPSHOT, captured on PostgreSQL $SERVER_VERSION."
each "$here/settings.sql"
listed --section=pre-data | without 'ACL|DEFAULT ACL' >"$work/before"
# Event triggers come last, so that nothing before them runs them; what receives from other servers does not come back.
listed --section=post-data | without 'ACL|DEFAULT ACL|MATERIALIZED VIEW DATA|SUBSCRIPTION|SUBSCRIPTION TABLE|EVENT TRIGGER|COMMENT - EVENT TRIGGER|COMMENT - SUBSCRIPTION' >"$work/after"
listed --section=post-data | of_types 'EVENT TRIGGER|COMMENT - EVENT TRIGGER' >"$work/events"
listed --section=data | of_types 'BLOBS|BLOB|BLOB METADATA' >"$work/objects"
listed | of_types 'ACL|DEFAULT ACL' >"$work/privileges"

say 'Definitions that come before rows.'
if [ -n "$DROP_PUBLIC" ]; then sql "$OPTIONS" <<<'DROP SCHEMA IF EXISTS public;'; fi
restore 'What comes before rows' "$work/before"

say 'Rows.'
PGOPTIONS=$OPTIONS "$psql" -X -q -A -t -v ON_ERROR_STOP=0 -d "$connection" -f "$here/triggers.sql" >"$work/wake"
sql "$OPTIONS" -A -t -F $'\t' <"$here/tables.sql" >"$work/tables"
rows_of() {
  local transaction number statement
  while IFS=$'\t' read -r transaction number statement; do
    printf '%b\n' "$statement"
    cat "$here/data/$number.copy"
    printf '\\.\n'
  done <"$1"
}
for transaction in $(cut -f1 "$work/tables" | uniq); do
  awk -F'\t' -v wanted="$transaction" '$1 == wanted' "$work/tables" >"$work/some"
  twice 'the loading of rows' "$OPTIONS" "$PATH_OPTIONS" rows_of "$work/some" || die 'rows could not be loaded.'
done
sql "$OPTIONS" -o /dev/null <"$here/verify.sql"
while IFS= read -r statement <&3; do printf '%b\n' "$statement" | sql "$OPTIONS"; done 3<"$work/wake"

say 'Large objects.'
restore 'The large objects' "$work/objects"
say 'Indexes, constraints and what else follows the rows.'
restore 'What follows the rows' "$work/after"
say 'Sequences, privileges and materialised views.'
sql "$OPTIONS" >/dev/null <"$here/sequences.sql"
if [ "$owners" = keep ]; then restore 'The privileges' "$work/privileges"; fi
while IFS= read -r statement <&3; do
  # One that reads what is no part of a snapshot stays without rows, and is no reason to end.
  twice 'a materialised view' "$EVALUATING" "$PATH_EVALUATING" printf '%b\n' "$statement" ||
    printf 'warning: %b could not be done.\n' "$statement" >&2
done 3<"$here/views.txt"
sql "$EVALUATING" <<<'ANALYZE;' || true
if [ "$super" = t ]; then
  restore 'The event triggers' "$work/events"
else
  # They are nobody's but superusers'.
  sed 's/^[^;]*; [0-9]* [0-9]* /warning: not restored, which takes a superuser: /' "$work/events" >&2
fi
each "$here/properties.sql"
say 'All is loaded: every table has as many rows as in the snapshot.'
`;
