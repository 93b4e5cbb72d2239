import { useEffect } from 'react';
import { Notice } from '../ui/notice.js';
import { SignInForm } from './sign-in-form.js';

/** @param problem why the way in that the address named did not work */
export function SignIn({ problem }: { problem: string | undefined }) {
  useEffect(() => {
    document.title = 'Sign in · Snapback';
  }, []);
  return (
    <main className="grid min-h-dvh place-items-center px-4 py-10">
      <div className="w-full max-w-md rounded-box border bg-surface p-6 shadow-sm">
        <div className="mb-6 flex items-center gap-3">
          <img src="/icon.svg" alt="" className="size-9" />
          <div>
            <h1 className="text-xl">Sign in to Snapback</h1>
            <p className="text-sm text-soft">{location.host}</p>
          </div>
        </div>
        {problem !== undefined && (
          <div className="mb-4">
            <Notice tone="bad">{problem}</Notice>
          </div>
        )}
        <SignInForm />
      </div>
    </main>
  );
}
