import { Eye, EyeOff } from 'lucide-react';
import { useState } from 'react';
import { buttonLook } from '../ui/button.js';
import { CopyButton } from '../ui/copy-button.js';

/** Where it is; the rest of a URL is often a secret, by which anybody may write there. */
export function hostOf(url: string): string {
  return URL.canParse(url) ? new URL(url).host : url;
}

/** Whole for whoever wants to see it, so that it is not on every screen that is shared. */
export function HiddenUrl({ url }: { url: string }) {
  const [isShown, setShown] = useState(false);
  const { origin, pathname, search } = new URL(url);
  const hasMore = pathname + search !== '/';
  const Icon = isShown ? EyeOff : Eye;
  return (
    <span className="inline-flex max-w-full items-center gap-1">
      <code className="min-w-0 font-mono text-[0.85em] break-all">{isShown || !hasMore ? url : `${origin}/…`}</code>
      {hasMore && (
        <button
          type="button"
          onClick={() => setShown((before) => !before)}
          aria-label={isShown ? 'Hide the rest of the URL' : 'Show the whole URL'}
          className={buttonLook({ look: 'quiet', size: 'tiny', className: 'shrink-0' })}
        >
          <Icon aria-hidden className="size-3.5" />
        </button>
      )}
      <CopyButton text={url} what="the URL" />
    </span>
  );
}
