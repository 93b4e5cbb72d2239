import { Link, Outlet } from '@tanstack/react-router';
import { Command } from 'lucide-react';
import { AccountMenu } from './account-menu.js';
import { OfflineNotice } from './offline-notice.js';
import { PaletteActions } from './palette-actions.js';
import { Palette } from './palette.js';
import { PLACES } from './places.js';
import { ThemeChoice } from './theme-choice.js';
import { usePalette } from './use-palette.js';

/** What stands around every page. On a phone the places lie along the bottom edge, within reach of a thumb. */
export function Shell() {
  const palette = usePalette();
  return (
    <div className="min-h-dvh pb-16 sm:pb-0 print:pb-0">
      <a
        href="#content"
        className="sr-only focus:not-sr-only focus:fixed focus:top-2 focus:left-2 focus:z-50 focus:rounded-small focus:bg-surface focus:px-3 focus:py-2"
      >
        Skip to the content
      </a>
      <header className="sticky top-0 z-30 border-b bg-surface print:hidden">
        <div className="mx-auto flex h-14 max-w-7xl items-center gap-2 px-4 sm:gap-6">
          <Link to="/" className="flex items-center gap-2 rounded-small font-semibold" aria-label="Snapback: overview">
            <img src="/icon.svg" alt="" className="size-7" />
            <span>Snapback</span>
          </Link>
          <nav
            aria-label="Places"
            className="fixed inset-x-0 bottom-0 z-30 flex justify-around border-t bg-surface px-1 sm:static sm:justify-start sm:gap-1 sm:border-0 sm:px-0"
          >
            {PLACES.map(({ to, label, icon: Icon }) => (
              <Link
                key={to}
                to={to}
                activeOptions={{ exact: to === '/', includeSearch: false }}
                activeProps={{ className: 'text-accent sm:bg-accent-soft', 'aria-current': 'page' }}
                inactiveProps={{ className: 'text-soft hover:text-ink' }}
                className="flex min-h-14 min-w-12 flex-col items-center justify-center gap-0.5 rounded-small px-1 text-[0.7rem] sm:min-h-9 sm:flex-row sm:px-3 sm:text-sm"
              >
                <Icon aria-hidden className="size-5 sm:hidden" />
                {label}
              </Link>
            ))}
          </nav>
          <div className="ml-auto flex items-center gap-1">
            <button
              type="button"
              onClick={palette.open}
              aria-keyshortcuts="Meta+K Control+K"
              className="flex h-9 items-center gap-2 rounded-small border px-3 text-sm text-soft hover:text-ink"
            >
              <Command aria-hidden className="size-4" />
              <span className="hidden lg:inline">Find or do…</span>
              <span className="sr-only lg:hidden">Find or do something</span>
              <kbd className="hidden font-sans text-xs lg:inline">⌘K</kbd>
            </button>
            <ThemeChoice />
            <AccountMenu />
          </div>
        </div>
        <OfflineNotice />
      </header>
      <PaletteActions>
        <main id="content" tabIndex={-1} className="mx-auto max-w-7xl px-4 py-6 outline-none">
          <Outlet />
        </main>
        <Palette {...palette} />
      </PaletteActions>
    </div>
  );
}
