// The tour of the first visit: what the parts of the page that is open are for. Steps whose part is
// not on the page are left out. Their texts are written here and nowhere else, since the library
// takes them as HTML.

import { driver, type DriveStep } from 'driver.js';
import 'driver.js/dist/driver.css';
import './style/tour.css';
import { TOUR_TAKEN } from './app/tour-call';
import { remember } from './shared/store';

const STEPS: DriveStep[] = [
  { element: '.top .brand', popover: { title: 'Welcome to Domesday', description: 'The register of what your infrastructure is made of. This takes a minute; Escape ends it.' } },
  { element: '#nav', popover: { title: 'The types', description: 'Each type of the register has a table here: servers, addresses, data centres and what else your schema has.' } },
  { element: '.top .search', popover: { title: 'Find anything', description: 'Names, addresses, tags, descriptions. Press / from anywhere.' } },
  { element: '.grid tr.filters', popover: { title: 'Filter by column', description: 'Text, a choice, a reference, or a network such as 10.0.0.0/8. The address of the page keeps all of it: send the link to a colleague.' } },
  { element: '.grid .tools .menu', popover: { title: 'Your columns', description: 'Show, hide and move them. A click on a heading sorts; with Shift, by several.' } },
  { element: '.grid .frame', popover: { title: 'Every record', description: 'Scroll through all of them without pages. j and k move, Enter opens, x selects.' } },
  { element: '.cards', popover: { title: 'At a glance', description: 'A click on a bar opens the table of just those records.' } },
  { element: '.title .actions', popover: { title: 'What you may do', description: 'Changes go in at once or to review, as the type says. The page tells you before you send.' } },
  { element: '#nav a[href="/-/change-requests/"]', popover: { title: 'Reviews', description: 'What waits for a decision. The number is how many wait for yours.' } },
  { element: '.top .me', popover: { title: 'You', description: 'Theme, density, tokens, and this tour again. Press ? for the keys of any page.' } },
];

export function takeTour(): void {
  remember(TOUR_TAKEN, '1');
  const steps = STEPS.filter(({ element }) => isSeen(String(element)));
  driver({
    steps,
    showProgress: true,
    popoverClass: 'tour',
    overlayOpacity: 0.55,
    stagePadding: 6,
    stageRadius: 8,
    disableActiveInteraction: true,
    // Its <header> and <footer> are none of the page's.
    onPopoverRender: ({ title, footer }) => {
      title.role = 'none';
      footer.role = 'none';
    },
    animate: !matchMedia('(prefers-reduced-motion: reduce)').matches,
  }).drive();
}

function isSeen(selector: string): boolean {
  return document.querySelector(selector)?.checkVisibility() ?? false;
}
