// Theme and density: buttons with `data-set-theme` and `data-set-density` choose, this browser
// remembers, and theme.ts puts the choice on the next page before it is painted.

import { recall, remember } from '../shared/store';

/** Told on document when the theme was changed by hand; plots draw anew. */
export const LOOK_CHANGED = 'domesday:look';

export function startLook(): void {
  mark();
  document.addEventListener('click', (event) => {
    const chooser = event.target instanceof Element ? event.target.closest<HTMLElement>('[data-set-theme], [data-set-density]') : null;
    if (!chooser) return;
    const { setTheme, setDensity } = chooser.dataset;
    if (setTheme !== undefined) choose('theme', setTheme);
    if (setDensity !== undefined) choose('density', setDensity);
  });
  // What somebody keeps for all their browsers shall be seen in this one, too.
  document.addEventListener('submit', (event) => {
    if (!(event.target instanceof Element && event.target.matches('[data-forgets-look]'))) return;
    for (const name of ['theme', 'density']) remember(name, null);
  });
  // Another tab of this browser chose.
  window.addEventListener('storage', (event) => {
    const name = event.key?.replace(/^domesday\./, '');
    if ((name === 'theme' || name === 'density') && event.newValue !== null) apply(name, event.newValue);
  });
}

function choose(name: 'theme' | 'density', value: string): void {
  remember(name, value);
  apply(name, value);
}

function apply(name: 'theme' | 'density', value: string): void {
  document.documentElement.dataset[name] = value === 'system' ? '' : value;
  mark();
  document.dispatchEvent(new CustomEvent(LOOK_CHANGED));
}

/** Says on the buttons which one is chosen. */
function mark(): void {
  const { theme, density } = document.documentElement.dataset;
  const chosenTheme = recall('theme') ?? (theme || 'system');
  for (const chooser of document.querySelectorAll<HTMLElement>('[data-set-theme]')) {
    chooser.setAttribute('aria-pressed', String(chooser.dataset.setTheme === chosenTheme));
  }
  for (const chooser of document.querySelectorAll<HTMLElement>('[data-set-density]')) {
    chooser.setAttribute('aria-pressed', String(chooser.dataset.setDensity === (density || 'normal')));
  }
}
