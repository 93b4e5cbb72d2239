import { useEffect } from 'react';
import { Notice } from '../ui/notice.js';
import { consoleConfig } from './console-config.js';
import { SignInForm } from './sign-in-form.js';

/**
 * @param problem why the way in that was tried did not work
 * @param left somebody has signed out
 */
export function SignIn({ problem, left = false }: { problem?: string; left?: boolean }) {
  useEffect(() => {
    document.title = 'Sign in · Snapback';
  }, []);
  return (
    <main className="grid min-h-dvh place-items-center px-4 py-10">
      <div className="w-full max-w-md rounded-box border bg-surface p-6 shadow-sm">
        <div className="mb-6 flex items-center gap-3">
          <img src="/icon.svg" alt="" className="size-9" />
          <div className="min-w-0">
            <h1 className="text-xl">Sign in to Snapback</h1>
            <p className="text-sm text-soft">{location.host}</p>
          </div>
        </div>
        <div className="mb-5 flex flex-col gap-3 empty:hidden">
          {problem !== undefined && <Notice tone="bad">{problem}</Notice>}
          {left && <SignedOut />}
        </div>
        <SignInForm />
      </div>
    </main>
  );
}

/** The provider goes on knowing who one is, and signs in again without asking: on a machine of many people that has to end, too. */
function SignedOut() {
  const end = consoleConfig.oidc?.endSessionEndpoint;
  return (
    <p role="status" className="text-sm text-soft">
      You are signed out, in all tabs.
      {end && (
        <>
          {' '}
          <a href={end} className="text-accent underline">
            Sign out of {new URL(end).host}
          </a>{' '}
          as well, where others use this browser.
        </>
      )}
    </p>
  );
}
