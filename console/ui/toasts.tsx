import { Toast } from 'radix-ui';
import { createContext, useCallback, useContext, useState, type ReactNode } from 'react';
import { SOFT, type Tone } from './tone.js';

interface Told {
  id: number;
  tone: Tone;
  text: string;
}

const Tell = createContext<(text: string, tone?: Tone) => void>(() => undefined);

/** Says in a corner that something was done: `tell('The snapshot is queued.')`. What went wrong is said where it was asked for. */
export function useTell(): (text: string, tone?: Tone) => void {
  return useContext(Tell);
}

const SHOWN_MS = 6_000;
let last = 0;

export function Toasts({ children }: { children: ReactNode }) {
  const [told, setTold] = useState<Told[]>([]);
  const tell = useCallback((text: string, tone: Tone = 'good') => {
    last += 1;
    const id = last;
    setTold((before) => [...before.slice(-2), { id, tone, text }]);
  }, []);
  const forget = (id: number) => setTold((before) => before.filter((one) => one.id !== id));
  return (
    <Tell value={tell}>
      <Toast.Provider duration={SHOWN_MS} label="Notices">
        {children}
        {told.map(({ id, tone, text }) => (
          <Toast.Root
            key={id}
            onOpenChange={(isOpen) => !isOpen && forget(id)}
            className={`rounded-box border px-4 py-3 text-sm shadow-lg ${SOFT[tone]}`}
          >
            <Toast.Description>{text}</Toast.Description>
          </Toast.Root>
        ))}
        <Toast.Viewport className="fixed right-4 bottom-20 z-50 flex w-[min(24rem,calc(100vw-2rem))] flex-col gap-2 outline-none sm:bottom-4" />
      </Toast.Provider>
    </Tell>
  );
}
