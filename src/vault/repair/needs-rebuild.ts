import type { FindingCode } from '../check/finding.js';

/** Each of these says that the catalogue and the objects disagree. */
const DISAGREEMENT: readonly FindingCode[] = [
  'rebuild-unfinished',
  'pack-missing',
  'pack-size-differs',
  'pack-row-wrong',
  'chunk-rows-wrong',
  'chunk-rows-stray',
  'manifest-row-wrong',
  'manifest-references-wrong',
  'manifest-unreferenced',
];

/** Where chunks may be that the catalogue does not have, and manifests other than the published one. */
const CHUNKS_ELSEWHERE: readonly FindingCode[] = ['pack-unreferenced', 'chunk-rows-missing', 'pack-unused'];
const MANIFESTS_ELSEWHERE: readonly FindingCode[] = ['manifest-replaced'];

/** Whether what a check found can be mended by making the catalogue anew. Pure. */
export function needsRebuild(found: ReadonlySet<FindingCode>): boolean {
  const any = (codes: readonly FindingCode[]): boolean => codes.some((code) => found.has(code));
  if (any(DISAGREEMENT)) return true;
  if (found.has('chunk-missing') && any(CHUNKS_ELSEWHERE)) return true;
  return any(['manifest-missing', 'manifest-damaged']) && any(MANIFESTS_ELSEWHERE);
}
