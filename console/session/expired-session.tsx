import { Button } from '../ui/button.js';
import { Dialog } from '../ui/dialog.js';
import { SignInForm } from './sign-in-form.js';
import { session } from './session.js';

/** Over the page, which stays as it is: whoever signs in again goes on where they were. */
export function ExpiredSession() {
  return (
    <Dialog
      open
      closable={false}
      onClose={() => undefined}
      title="Your session has ended"
      about="The service does not take your token any more. Sign in again to go on where you are; what runs, runs on."
    >
      <SignInForm />
      <Button look="quiet" onClick={() => session.signOut()}>
        Leave
      </Button>
    </Dialog>
  );
}
