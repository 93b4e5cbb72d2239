import { CopyButton } from './copy-button.js';

/** What somebody types into a terminal, or puts into a program, with a way to take it along. All of it is seen: a long line is wrapped. */
export function CommandLine({ text, what }: { text: string; what: string }) {
  return (
    <div className="flex items-start gap-1 rounded-small bg-sunken p-2">
      <pre
        role="group"
        aria-label={what}
        className="min-w-0 grow p-1 font-mono text-xs leading-relaxed wrap-break-word whitespace-pre-wrap"
      >
        {text}
      </pre>
      <CopyButton text={text} what={what} />
    </div>
  );
}
