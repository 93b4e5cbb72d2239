import { Check, Copy } from 'lucide-react';
import { useState } from 'react';
import { buttonLook } from './button.js';

const SHOWN_MS = 2_000;

export function CopyButton({ text, what }: { text: string; what: string }) {
  const [copied, setCopied] = useState(false);
  const copy = () =>
    navigator.clipboard.writeText(text).then(
      () => {
        setCopied(true);
        setTimeout(() => setCopied(false), SHOWN_MS);
      },
      // The browser does not allow it: whoever wants it selects it.
      () => undefined,
    );
  const Icon = copied ? Check : Copy;
  return (
    <button
      type="button"
      onClick={() => void copy()}
      aria-label={copied ? `Copied ${what}` : `Copy ${what}`}
      className={buttonLook({ look: 'quiet', size: 'tiny', className: 'shrink-0 print:hidden' })}
    >
      <Icon aria-hidden className="size-3.5" />
    </button>
  );
}
