import { z } from 'zod';

// It would try whether it may compile what it checks, and the policy of the page would report that.
z.config({ jitless: true });

export { z };
