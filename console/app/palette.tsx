import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { Command } from 'cmdk';
import { Dialog } from 'radix-ui';
import { useEffect, useState } from 'react';
import { protectionListOptions } from '../../sdk/typescript/generated/@tanstack/react-query.gen.js';
import { client } from '../api/snapback.js';

export interface PaletteState {
  isOpen: boolean;
  open: () => void;
  close: () => void;
}

/** Opened by ⌘K or Ctrl K, wherever one is. */
export function usePalette(): PaletteState {
  const [isOpen, setOpen] = useState(false);
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      if (event.key.toLowerCase() !== 'k' || !(event.metaKey || event.ctrlKey)) return;
      event.preventDefault();
      setOpen((before) => !before);
    };
    document.addEventListener('keydown', press);
    return () => document.removeEventListener('keydown', press);
  }, []);
  return { isOpen, open: () => setOpen(true), close: () => setOpen(false) };
}

const MOST = 100;
const PLACES = [
  ['/', 'Overview'],
  ['/operations', 'Operations'],
  ['/audit', 'Audit'],
  ['/usage', 'Usage'],
  ['/webhooks', 'Webhooks'],
  ['/access', 'Access: who am I, what may I do'],
] as const;

const itemLook =
  'flex cursor-pointer items-center gap-3 rounded-small px-3 py-2 text-sm data-[selected=true]:bg-accent-soft data-[selected=true]:text-accent';

/** Finds places and environments by any part of their names. */
export function Palette({ isOpen, close }: PaletteState) {
  const navigate = useNavigate();
  const found = useQuery({ ...protectionListOptions({ client, query: { limit: MOST } }), enabled: isOpen }).data;
  const go = (work: () => Promise<void>) => {
    close();
    void work();
  };
  return (
    <Dialog.Root open={isOpen} onOpenChange={(isWanted) => !isWanted && close()}>
      <Dialog.Portal>
        <Dialog.Overlay className="fixed inset-0 z-40 bg-veil" />
        <Dialog.Content
          aria-describedby={undefined}
          className="fixed top-[12vh] left-1/2 z-50 w-[min(38rem,94vw)] -translate-x-1/2 overflow-hidden rounded-box border bg-surface shadow-xl outline-none"
        >
          <Dialog.Title className="sr-only">Find or do something</Dialog.Title>
          <Command label="Find or do something" loop>
            <Command.Input
              placeholder="An environment, a place…"
              className="w-full border-b bg-transparent px-4 py-3 text-base outline-none placeholder:text-soft"
            />
            <Command.List className="max-h-[50vh] overflow-y-auto p-2">
              <Command.Empty className="px-3 py-6 text-center text-sm text-soft">Nothing is called that.</Command.Empty>
              <Command.Group heading="Environments">
                {found?.items.map(({ environmentId, environmentName, projectId, projectName }) => (
                  <Command.Item
                    key={environmentId}
                    value={`${projectName}/${environmentName} ${environmentId}`}
                    className={itemLook}
                    onSelect={() =>
                      go(() =>
                        navigate({
                          to: '/projects/$projectId/environments/$environmentId',
                          params: { projectId, environmentId },
                        }),
                      )
                    }
                  >
                    {projectName} / {environmentName}
                  </Command.Item>
                ))}
              </Command.Group>
              <Command.Group heading="Places">
                {PLACES.map(([to, label]) => (
                  <Command.Item key={to} value={label} className={itemLook} onSelect={() => go(() => navigate({ to }))}>
                    {label}
                  </Command.Item>
                ))}
              </Command.Group>
            </Command.List>
          </Command>
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  );
}
