import { CopyButton } from './copy-button.js';
import { WithTooltip } from './tooltip.js';

/** The beginning of an id, which the command line takes as well; the whole of it can be copied. */
export function ShortId({ id }: { id: string }) {
  return (
    <span className="inline-flex items-center gap-1">
      <WithTooltip text={<code className="font-mono text-xs">{id}</code>}>
        <code tabIndex={0} className="rounded-small font-mono text-[0.85em]">
          {id.slice(0, 8)}
        </code>
      </WithTooltip>
      <CopyButton text={id} what="the id" />
    </span>
  );
}
