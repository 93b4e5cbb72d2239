import { Badge } from '../../ui/badge.js';
import { CHANGE } from './change-words.js';
import type { Change } from './counts.js';

/** What became of something, as a word with its mark. */
export function ChangeMark({ of }: { of: Change }) {
  const { mark, tone } = CHANGE[of];
  return (
    <Badge tone={tone}>
      <span aria-hidden className="font-mono">
        {mark}
      </span>
      {of}
    </Badge>
  );
}
