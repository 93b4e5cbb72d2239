import { QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { queryClient } from '../api/query-client.js';
import { ExpiredSession } from '../session/expired-session.js';
import { SignIn } from '../session/sign-in.js';
import { useSession } from '../session/use-session.js';
import { Toasts } from '../ui/toasts.js';
import { TooltipRoom } from '../ui/tooltip.js';
import { router } from './router.js';

export function App() {
  const state = useSession();
  return (
    <QueryClientProvider client={queryClient}>
      <TooltipRoom>
        <Toasts>
          {state.status === 'signed-out' ? <SignIn {...state} /> : <RouterProvider router={router} />}
          {state.status === 'expired' && <ExpiredSession />}
        </Toasts>
      </TooltipRoom>
    </QueryClientProvider>
  );
}
