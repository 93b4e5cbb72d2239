/** How a link looks within text. */
export const linkLook =
  'rounded-small text-accent underline decoration-accent/40 underline-offset-2 hover:decoration-accent';
