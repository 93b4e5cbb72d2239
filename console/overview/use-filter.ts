import { useNavigate, useSearch } from '@tanstack/react-router';
import { useDeferredValue, useEffect, useRef, useState } from 'react';
import type { Wanted } from './arrange.js';

/** The address follows when somebody has stopped typing. */
const PAUSE_MS = 250;

export interface Filter {
  /** As it is in the box. */
  text: string;
  write: (text: string) => void;
  /** What the list shows: a moment behind the box when the list is long. */
  wanted: Wanted;
  choose: (change: { state?: string | undefined; project?: string | undefined }) => void;
  clear: () => void;
  isOn: boolean;
}

/** What of the list is wanted, kept in the address, so that it can be sent and gone back to. */
export function useFilter(): Filter {
  const { q = '', state, project } = useSearch({ from: '/' });
  const navigate = useNavigate({ from: '/' });
  const [text, setText] = useState(q);
  const written = useRef(q);
  useEffect(() => {
    // The address was changed by somebody else: a link, or the way back.
    if (q !== written.current) setText(q);
    written.current = q;
  }, [q]);
  useEffect(() => {
    if (text === written.current) return undefined;
    const timer = setTimeout(() => {
      written.current = text;
      void navigate({ search: (before) => ({ ...before, q: text }), replace: true, resetScroll: false });
    }, PAUSE_MS);
    return () => clearTimeout(timer);
  }, [text, navigate]);
  return {
    text,
    write: setText,
    wanted: { text: useDeferredValue(text), state, projectId: project },
    choose: (change) =>
      void navigate({ search: (before) => ({ ...before, ...change }), replace: true, resetScroll: false }),
    clear: () => {
      setText('');
      written.current = '';
      void navigate({ search: {}, replace: true, resetScroll: false });
    },
    isOn: text !== '' || state !== undefined || project !== undefined,
  };
}
