import { Activity, ChartArea, ScrollText, ShieldCheck, UserRound, Webhook } from 'lucide-react';

/** Where one can be without an environment. */
export const PLACES = [
  { to: '/', label: 'Overview', icon: ShieldCheck, about: 'Am I protected?' },
  { to: '/operations', label: 'Operations', icon: Activity, about: 'What runs, waits or hangs' },
  { to: '/audit', label: 'Audit', icon: ScrollText, about: 'Who did what' },
  { to: '/usage', label: 'Usage', icon: ChartArea, about: 'How much is stored' },
  { to: '/webhooks', label: 'Webhooks', icon: Webhook, about: 'Who is told' },
  { to: '/access', label: 'Access', icon: UserRound, about: 'Who am I, what may I do' },
] as const;
