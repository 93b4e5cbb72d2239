import { useNavigate, useParams } from '@tanstack/react-router';
import { Command } from 'cmdk';
import { Dialog } from 'radix-ui';
import { useState } from 'react';
import { useProtection } from '../protection/use-protection.js';
import { hasAll, wordsOf } from '../protection/search.js';
import { session } from '../session/session.js';
import { exact } from '../ui/amounts.js';
import { OWN_ZONE } from '../ui/moment.js';
import { PROTECTION, RESTORABILITY, SNAPSHOT_STATUS } from '../ui/words.js';
import { environmentsFor } from './palette-environments.js';
import { useOfferedActions } from './palette-actions.js';
import { PaletteGroup, type PaletteItem } from './palette-group.js';
import { useSnapshotsFor } from './palette-snapshots.js';
import { PLACES } from './places.js';
import { THEMES } from './theme-choice.js';
import { chooseTheme, type Theme } from './theme.js';
import type { PaletteState } from './use-palette.js';

/** Finds environments, snapshots and places, and does what the page one is on can do. */
export function Palette({ isOpen, close }: PaletteState) {
  return (
    <Dialog.Root open={isOpen} onOpenChange={(isWanted) => !isWanted && close()}>
      <Dialog.Portal>
        <Dialog.Overlay className="fixed inset-0 z-40 bg-veil" />
        <Dialog.Content
          aria-describedby={undefined}
          className="fixed top-[10dvh] left-1/2 z-50 flex max-h-[80dvh] w-[min(40rem,94vw)] -translate-x-1/2 flex-col overflow-hidden rounded-box border bg-surface shadow-xl outline-none"
        >
          <Dialog.Title className="sr-only">Find or do something</Dialog.Title>
          <Finder close={close} />
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  );
}

function Finder({ close }: { close: () => void }) {
  const [text, setText] = useState('');
  const groups = useGroups(text);
  const choose = (run: () => void) => {
    close();
    run();
  };
  return (
    <Command label="Find or do something" loop shouldFilter={false} className="flex min-h-0 flex-col">
      <Command.Input
        value={text}
        onValueChange={setText}
        placeholder="An environment, a snapshot, a place…"
        className="w-full border-b bg-transparent px-4 py-3 text-base outline-none placeholder:text-soft"
      />
      <Command.List className="min-h-0 overflow-y-auto p-2">
        <Command.Empty className="px-3 py-6 text-center text-sm text-soft">Nothing is called that.</Command.Empty>
        {groups.map(({ heading, items }) => (
          <PaletteGroup key={heading} heading={heading} items={items} choose={choose} />
        ))}
      </Command.List>
    </Command>
  );
}

/** Everything that the words lead to, the nearest first. */
function useGroups(text: string): { heading: string; items: readonly PaletteItem[] }[] {
  const navigate = useNavigate();
  const { environmentId } = useParams({ strict: false });
  const { environments = [] } = useProtection();
  const snapshots = useSnapshotsFor(text, environmentId);
  const actions = useOfferedActions();
  const words = wordsOf(text);
  const named = ({ label, about = '' }: PaletteItem) => hasAll(words, `${label} ${about}`);
  const here = environments.find((one) => one.environmentId === environmentId);
  return [
    { heading: 'On this page', items: actions.map((action) => ({ id: action.label, ...action })).filter(named) },
    {
      heading: 'Environments',
      items: environmentsFor(text, environments).map(
        ({ environmentId, environmentName, projectId, projectName, state }): PaletteItem => ({
          id: environmentId,
          label: `${projectName} / ${environmentName}`,
          about: PROTECTION[state].text,
          run: () =>
            void navigate({
              to: '/projects/$projectId/environments/$environmentId',
              params: { projectId, environmentId },
            }),
        }),
      ),
    },
    {
      heading: here === undefined ? 'Snapshots' : `Snapshots of ${here.environmentName}`,
      items: snapshots.map(
        ({ id, label, createdAt, projectId, environmentId, status, restorability }): PaletteItem => ({
          id,
          label: label ?? exact(new Date(createdAt), OWN_ZONE),
          about: `${restorability === null ? SNAPSHOT_STATUS[status].text : RESTORABILITY[restorability.state].text} · ${id.slice(0, 8)}`,
          run: () =>
            void navigate({
              to: '/projects/$projectId/environments/$environmentId/snapshots/$snapshotId',
              params: { projectId, environmentId, snapshotId: id },
            }),
        }),
      ),
    },
    {
      heading: 'Places',
      items: PLACES.map(({ to, label, about }): PaletteItem => ({
        id: to,
        label,
        about,
        run: () => void navigate({ to }),
      })).filter(named),
    },
    {
      heading: 'You',
      items: [
        ...Object.entries(THEMES).map(([theme, { label }]): PaletteItem => ({
          id: theme,
          label,
          run: () => chooseTheme(theme as Theme),
        })),
        { id: 'sign-out', label: 'Sign out', run: () => session.signOut() },
      ].filter(named),
    },
  ];
}
