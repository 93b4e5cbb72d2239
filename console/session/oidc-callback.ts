/** Where the provider sends people back to. */
export const CALLBACK = '/sign-in/callback';

export function isOidcAnswer(): boolean {
  return location.pathname === CALLBACK;
}
