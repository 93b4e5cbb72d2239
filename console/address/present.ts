/** What stands behind the question mark of an address: what is empty is left out of it. */
export function present<Search extends Record<string, string | undefined>>(search: Search): Search {
  return Object.fromEntries(
    Object.entries(search).filter(([, value]) => value !== undefined && value !== ''),
  ) as Search;
}
