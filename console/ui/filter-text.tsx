import { useEffect, useId, useRef, useState } from 'react';
import { Field, inputLook } from './field.js';

const PAUSE_MS = 400;

interface FilterTextProps {
  label: string;
  value: string;
  onChange: (value: string) => void;
  /** To choose from, while anything may be written. */
  known?: readonly string[];
}

/** What somebody writes is looked for when they pause, and not at each letter. */
export function FilterText({ label, value, onChange, known = [] }: FilterTextProps) {
  const [text, setText] = useState(value);
  const input = useRef<HTMLInputElement>(null);
  const pause = useRef<ReturnType<typeof setTimeout>>(undefined);
  const list = useId();
  // Changed by something else, such as a link; whoever writes is not interrupted.
  useEffect(() => {
    if (document.activeElement !== input.current) setText(value);
  }, [value]);
  useEffect(() => () => clearTimeout(pause.current), []);
  const look = (written: string) => {
    clearTimeout(pause.current);
    if (written.trim() !== value) onChange(written.trim());
  };
  return (
    <Field label={label}>
      {(parts) => (
        <>
          <input
            {...parts}
            ref={input}
            type="search"
            value={text}
            list={known.length === 0 ? undefined : list}
            spellCheck={false}
            autoComplete="off"
            className={inputLook}
            onChange={({ target }) => {
              setText(target.value);
              clearTimeout(pause.current);
              pause.current = setTimeout(look, PAUSE_MS, target.value);
            }}
            onBlur={() => look(text)}
            onKeyDown={({ key }) => key === 'Enter' && look(text)}
          />
          <datalist id={list}>
            {known.map((one) => (
              <option key={one} value={one}>
                {one}
              </option>
            ))}
          </datalist>
        </>
      )}
    </Field>
  );
}
