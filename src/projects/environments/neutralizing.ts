import type { NeutralizeRule } from '../../engine/filestore/neutralizing/neutralize-rules.js';
import type { EnvironmentEntity } from './environment.entity.js';

/** An environment's `neutralizePaths`, as the engine takes them. */
export function rulesOf(paths: NonNullable<EnvironmentEntity['neutralizePaths']>): NeutralizeRule[] {
  return paths.map(({ paths: patterns, action, content }) =>
    action === 'replace' ? { paths: patterns, action, content: content ?? '' } : { paths: patterns, action },
  );
}
