import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { App } from './app/app.js';
import { applyTheme } from './app/theme.js';
import { startSession } from './session/start-session.js';
import './styles.css';

// Libraries that put style elements into the page give them this, by which the policy of the page knows them.
Object.assign(globalThis, {
  __webpack_nonce__: document.querySelector('meta[name="snapback-nonce"]')?.getAttribute('content'),
});
applyTheme();

const root = document.querySelector('#root');
if (root === null) throw new Error('The page has no place for the console.');
// Known before anything is drawn, so that no sign-in flashes past whoever is signed in already.
void startSession().then(() =>
  createRoot(root).render(
    <StrictMode>
      <App />
    </StrictMode>,
  ),
);
