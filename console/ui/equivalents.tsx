import { Terminal } from 'lucide-react';
import { Popover } from 'radix-ui';
import { buttonLook } from './button.js';
import { CopyButton } from './copy-button.js';

/** The same by other means. A token never stands in it: `$SNAPBACK_TOKEN` does. */
export interface Equivalent {
  /** `snapback snapshot create --env …`; undefined where the command line has no such command. */
  command?: string;
  method: 'GET' | 'POST' | 'PATCH' | 'PUT' | 'DELETE';
  /** Below `/api/v1`. */
  path: string;
  body?: unknown;
}

/** What does the same from a terminal or a pipeline. */
export function Equivalents({ of }: { of: Equivalent }) {
  return (
    <Popover.Root>
      <Popover.Trigger
        aria-label="The same on the command line"
        className={buttonLook({ look: 'quiet', size: 'icon' })}
      >
        <Terminal aria-hidden className="size-4" />
      </Popover.Trigger>
      <Popover.Portal>
        <Popover.Content
          sideOffset={6}
          collisionPadding={12}
          className="z-50 w-[min(38rem,calc(100vw-1.5rem))] rounded-box border bg-surface p-4 shadow-xl outline-none"
        >
          <p className="mb-3 text-sm text-soft">The same from a terminal or a pipeline:</p>
          {of.command !== undefined && <Code label="snapback" text={of.command} />}
          <Code label="curl" text={curlOf(of)} />
        </Popover.Content>
      </Popover.Portal>
    </Popover.Root>
  );
}

function Code({ label, text }: { label: string; text: string }) {
  return (
    <div className="mb-2 flex items-start gap-1 rounded-small bg-sunken p-2 last:mb-0">
      <pre tabIndex={0} aria-label={label} className="grow overflow-x-auto p-1 font-mono text-xs leading-relaxed">
        {text}
      </pre>
      <CopyButton text={text} what={`the ${label} command`} />
    </div>
  );
}

/** A shell passes over nothing within single quotes but the quote. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

export function curlOf({ method, path, body }: Equivalent): string {
  const lines = [
    `curl${method === 'GET' ? '' : ` -X ${method}`} ${quoted(`${location.origin}/api/v1${path}`)}`,
    `  -H "Authorization: Bearer $SNAPBACK_TOKEN"`,
    ...(body === undefined ? [] : ["  -H 'Content-Type: application/json'", `  -d ${quoted(JSON.stringify(body))}`]),
  ];
  return lines.join(' \\\n');
}

/** A word of a command for a shell: names may hold anything. */
export function shellWord(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : quoted(text);
}
