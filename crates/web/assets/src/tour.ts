// The tour: what the parts of the page that is open are for. Steps whose part is not to be seen there
// are left out. Their texts are written here and nowhere else, since the library takes them as HTML.

import { driver, type DriveStep } from 'driver.js';
import 'driver.js/dist/driver.css';
import './style/tour.css';
import { TOUR_ENDED_BY, visitor } from './app/tour-call';
import { patchJson } from './shared/http';
import { remember } from './shared/store';

const STEPS: DriveStep[] = [
  { element: '.top .brand', popover: { title: 'Welcome to Domesday', description: 'The register of what your infrastructure is made of, and of every change that was made to it. This takes a minute: Enter goes on, Escape ends it.' } },
  { element: '#nav', popover: { title: 'Tables', description: 'Each type of record has a table: servers, addresses, data centres, and whatever else your schema has.' } },
  { element: '.menu-button', popover: { title: 'Tables', description: 'Behind this button stand the tables of all types, the reviews and the history.' } },
  { element: '.top .search', popover: { title: 'Find anything', description: 'A name, an address, a tag, a word of a description: in all tables at once. Press / to come here from anywhere.' } },
  { element: '.top .when', popover: { title: 'Any day of the past', description: 'Choose a day, and tables and records show what stood in them then.' } },
  { element: '.grid tr.filters input', popover: { title: 'Filter by column', description: 'Part of a name, a state, a data centre, a network such as 10.0.0.0/8. The address of the page keeps it: send it to a colleague, and they see the same.' } },
  { element: '.grid .tools .menu', popover: { title: 'Your columns', description: 'Show, hide and move them. A click on a heading sorts; with Shift, by several.' } },
  { element: '.grid .frame', popover: { title: 'Every record', description: 'Scroll through all of them: there are no pages to turn. j and k move, Enter opens, x selects.' } },
  { element: 'figure.plot', popover: { title: 'At a glance', description: 'Click a bar to see what it counts: the records of a state, the changes of a day.' } },
  { element: '.title .actions', popover: { title: 'What you may do here', description: 'A change goes in at once, or waits until somebody else agrees: the page says which before you send it.' } },
  { element: '#nav a[href="/-/change-requests/"]', popover: { title: 'Reviews', description: 'Changes that wait for a second person. The number says how many wait for you.' } },
  { element: '.top .me:not(.when)', popover: { title: 'You', description: 'Your account with your time zone, the theme, the keys of each page, and this tour again: on a table, it shows other things than here.' } },
];

/** Takes the tour; a first one is not begun again by itself, however it ends. */
export function takeTour(isFirst: boolean): void {
  const steps = STEPS.filter(({ element }) => isSeen(String(element)));
  const before = opener();
  const tour = driver({
    steps,
    showProgress: true,
    progressText: '{{current}} of {{total}}',
    nextBtnText: 'Next',
    prevBtnText: 'Back',
    doneBtnText: 'Done',
    popoverClass: 'tour',
    overlayOpacity: 0.55,
    stagePadding: 6,
    stageRadius: 8,
    disableActiveInteraction: true,
    onPopoverRender: ({ title, footer, closeButton, nextButton }) => {
      // Its <header> and <footer> are none of the page's.
      title.role = 'none';
      footer.role = 'none';
      closeButton.ariaLabel = 'End the tour';
      // Behind the library's own choice, which closes the tour, and before any key: Enter goes on.
      queueMicrotask(() => nextButton.focus());
    },
    // However early it is ended, before its first step stands, too.
    onDestroyStarted: () => {
      tour.destroy();
      before?.focus();
      if (isFirst) tellEnded();
    },
    // While it moves, the library is deaf to keys.
    animate: false,
  });
  tour.drive();
}

/** Has the server keep that somebody's first tour is over. */
export function tellEnded(): void {
  document.documentElement.dataset.tour = '';
  remember(TOUR_ENDED_BY, visitor(), 'session');
  const csrf = document.querySelector<HTMLMetaElement>('meta[name="csrf"]')?.content ?? null;
  // Where it can't be kept, the next page of this tab tells it again.
  patchJson('/api/-/me/', { tour_taken: true }, csrf).catch(() => undefined);
}

function isSeen(selector: string): boolean {
  return document.querySelector(selector)?.checkVisibility() ?? false;
}

/** What had the focus: of a menu, which closes, what opens it. */
function opener(): HTMLElement | null {
  const active = document.activeElement;
  const menu = active?.closest('details');
  if (menu) menu.open = false;
  const opened = menu?.querySelector('summary') ?? active;
  return opened instanceof HTMLElement && opened !== document.body ? opened : null;
}
