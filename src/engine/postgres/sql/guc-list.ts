/** Settings whose value is a list of names that PostgreSQL itself quotes (`GUC_LIST_QUOTE` in its source). */
const QUOTED_LISTS = new Set([
  'local_preload_libraries',
  'search_path',
  'session_preload_libraries',
  'shared_preload_libraries',
  'temp_tablespaces',
  'unix_socket_directories',
]);

/**
 * A stored setting as the values of a `SET`: most are one value, and a `search_path` of
 * `"$user", public` is two. Set as one value it would become the name of one strange schema.
 */
export function valuesOfSetting(name: string, stored: string): string[] {
  return QUOTED_LISTS.has(name.toLowerCase()) ? splitList(stored) : [stored];
}

function splitList(stored: string): string[] {
  const items = stored.match(/"(?:[^"]|"")*"|[^\s,"][^,"]*/g) ?? [];
  return items.map((item) => (item.startsWith('"') ? item.slice(1, -1).replaceAll('""', '"') : item.trim()));
}
