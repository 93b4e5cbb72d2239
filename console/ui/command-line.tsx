import { CopyButton } from './copy-button.js';

/** What somebody types into a terminal, or puts into a program, with a way to take it along. */
export function CommandLine({ text, what }: { text: string; what: string }) {
  return (
    <div className="flex items-start gap-1 rounded-small bg-sunken p-2">
      <pre
        tabIndex={0}
        aria-label={what}
        className="min-w-0 grow overflow-x-auto p-1 font-mono text-xs leading-relaxed"
      >
        {text}
      </pre>
      <CopyButton text={text} what={what} />
    </div>
  );
}
