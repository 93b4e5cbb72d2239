/**
 * The entries that have all of the words, the best first: the word is the name itself, then the name begins with it, then a word of
 * the name does, then it stands anywhere; then pages before what is in them, types of the contract last, then shorter names.
 *
 * @param {readonly [name: string, page: string, url: string][]} index
 * @param {string} query as it is typed
 * @param {number} most how many are wanted
 */
export function matches(index, query, most) {
  const words = query
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== '');
  if (words.length === 0) return [];
  const found = [];
  for (const entry of index) {
    const name = entry[0].toLowerCase();
    const ranks = words.map((word) => rankOf(name, word));
    if (!ranks.includes(0)) found.push({ entry, order: [-Math.min(...ranks), depthOf(entry[2]), name.length] });
  }
  found.sort((a, b) => compare(a.order, b.order));
  return found.slice(0, most).map(({ entry }) => entry);
}

function depthOf(url) {
  if (url.startsWith('api/types.html')) return 2;
  return url.includes('#') ? 1 : 0;
}

function rankOf(name, word) {
  if (name === word) return 4;
  if (name.startsWith(word)) return 3;
  const at = name.indexOf(word);
  if (at < 0) return 0;
  return /[\p{L}\p{N}]/u.test(name[at - 1]) ? 1 : 2;
}

function compare(a, b) {
  const at = a.findIndex((value, index) => value !== b[index]);
  return at < 0 ? 0 : a[at] - b[at];
}
