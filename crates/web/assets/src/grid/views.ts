// The menu of saved views, which the server wrote: its form saves what the grid shows by now, and
// its links tell which of them that is.

import type { View } from './view';

export function carryView(view: View): void {
  const menu = document.querySelector<HTMLDetailsElement>('details.views');
  if (!menu) return;
  menu.addEventListener('toggle', () => menu.open && markShown(menu, view.query));
  menu.querySelector<HTMLFormElement>('form[data-carries-view]')?.addEventListener('submit', (event) => {
    const field = (event.currentTarget as HTMLFormElement).elements.namedItem('query');
    if (field instanceof HTMLInputElement) field.value = view.query;
  });
}

function markShown(menu: HTMLElement, query: string): void {
  const shown = sorted(query);
  for (const link of menu.querySelectorAll<HTMLElement>('a[data-query]')) {
    if (sorted(link.dataset.query ?? '') === shown) link.setAttribute('aria-current', 'true');
    else link.removeAttribute('aria-current');
  }
}

/** Conditions mean the same in any order. */
function sorted(query: string): string {
  return [...new URLSearchParams(query)].map((pair) => pair.join('=')).sort().join('&');
}
