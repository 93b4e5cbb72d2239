import type { Finding } from '../../../sdk/typescript/index.js';
import { Notice } from '../../ui/notice.js';
import type { Tone } from '../../ui/tone.js';

/** What was found, in the sentences of the service, each of which says what to do; by their codes programs know them. */
export function Findings({ tone, title, of }: { tone: Tone; title: string; of: readonly Finding[] }) {
  if (of.length === 0) return null;
  return (
    <Notice tone={tone} title={title}>
      <ul className="mt-1 flex flex-col gap-1">
        {of.map(({ code, message }, index) => (
          <li key={`${code} ${index}`} className="text-ink" title={code}>
            {message}
          </li>
        ))}
      </ul>
    </Notice>
  );
}
