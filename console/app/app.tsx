import { QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { queryClient } from '../api/query-client.js';
import { ExpiredSession } from '../session/expired-session.js';
import { SignIn } from '../session/sign-in.js';
import { useSession } from '../session/use-session.js';
import { Toasts } from '../ui/toasts.js';
import { TooltipRoom } from '../ui/tooltip.js';
import { router } from './router.js';

/** @param signInProblem why the way in that the address named did not work */
export function App({ signInProblem }: { signInProblem: string | undefined }) {
  const { status } = useSession();
  return (
    <QueryClientProvider client={queryClient}>
      <TooltipRoom>
        <Toasts>
          {status === 'signed-out' ? <SignIn problem={signInProblem} /> : <RouterProvider router={router} />}
          {status === 'expired' && <ExpiredSession />}
        </Toasts>
      </TooltipRoom>
    </QueryClientProvider>
  );
}
