import { useNavigate } from '@tanstack/react-router';
import { CircleUserRound, LogOut, UserRound } from 'lucide-react';
import { DropdownMenu } from 'radix-ui';
import { session } from '../session/session.js';
import { useAccess } from '../session/use-access.js';

const itemLook =
  'flex cursor-pointer items-center gap-2 rounded-small px-3 py-2 text-sm outline-none data-highlighted:bg-accent-soft data-highlighted:text-accent';

/** Who is signed in, and the way out. */
export function AccountMenu() {
  const access = useAccess();
  const navigate = useNavigate();
  return (
    <DropdownMenu.Root modal={false}>
      <DropdownMenu.Trigger
        aria-label={access === undefined ? 'You' : `You: ${access.subject}`}
        className="rounded-small p-2 text-soft hover:text-ink data-[state=open]:text-ink"
      >
        <CircleUserRound aria-hidden className="size-5" />
      </DropdownMenu.Trigger>
      <DropdownMenu.Portal>
        <DropdownMenu.Content
          align="end"
          sideOffset={6}
          collisionPadding={8}
          className="z-50 w-64 rounded-box border bg-surface p-1 shadow-xl"
        >
          {access !== undefined && (
            <DropdownMenu.Label className="border-b px-3 py-2 text-sm">
              <span className="block font-medium wrap-anywhere">{access.subject}</span>
              <span className="block text-soft wrap-anywhere">
                {access.organization}
                {access.projects !== null && ` · ${projectsOf(access.projects.length)}`}
              </span>
            </DropdownMenu.Label>
          )}
          <DropdownMenu.Item className={itemLook} onSelect={() => void navigate({ to: '/access' })}>
            <UserRound aria-hidden className="size-4" />
            What I may do
          </DropdownMenu.Item>
          <DropdownMenu.Item className={itemLook} onSelect={() => session.signOut()}>
            <LogOut aria-hidden className="size-4" />
            Sign out
          </DropdownMenu.Item>
        </DropdownMenu.Content>
      </DropdownMenu.Portal>
    </DropdownMenu.Root>
  );
}

function projectsOf(count: number): string {
  return count === 1 ? 'one project' : `${count} projects`;
}
