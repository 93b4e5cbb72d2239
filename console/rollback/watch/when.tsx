import { exact } from '../../ui/amounts.js';
import { Moment } from '../../ui/moment.js';

/** How long ago on the screen, and exactly on paper, which gets older. */
export function When({ at, zone, none }: { at: string | null; zone: string; none?: string }) {
  return (
    <>
      <span className="print:hidden">
        <Moment at={at} zone={zone} {...(none !== undefined && { none })} />
      </span>
      <span className="hidden print:inline">{at === null ? none : exact(new Date(at), zone)}</span>
    </>
  );
}
