// Menus that are a <details> close on Escape, on a click elsewhere and when another opens; on
// narrow screens the navigation folds into a button.

import { make } from '../shared/dom';

const MENUS = 'details:is(.more, .me, .menu)';

export function startMenus(): void {
  document.addEventListener('click', (event) => closeMenus(event.target));
  document.addEventListener('focusin', (event) => closeMenus(event.target));
  document.addEventListener('keydown', (event) => {
    if (event.key !== 'Escape') return;
    for (const menu of openMenus()) {
      menu.open = false;
      if (menu.contains(document.activeElement)) menu.querySelector('summary')?.focus();
    }
  });
  foldNavigation();
}

function openMenus(): HTMLDetailsElement[] {
  return [...document.querySelectorAll<HTMLDetailsElement>(`${MENUS}[open]`)];
}

function closeMenus(target: EventTarget | null): void {
  for (const menu of openMenus()) {
    if (!(target instanceof Node && menu.contains(target))) menu.open = false;
  }
}

function foldNavigation(): void {
  const navigation = document.getElementById('nav');
  const header = document.querySelector('.top');
  if (!navigation || !header) return;
  const toggle = make('button', { type: 'button', class: 'menu-button', 'aria-controls': 'nav', 'aria-expanded': 'false', 'aria-label': 'Menu' });
  toggle.addEventListener('click', () => {
    const isOpen = navigation.classList.toggle('open');
    toggle.setAttribute('aria-expanded', String(isOpen));
  });
  header.prepend(toggle);
}
