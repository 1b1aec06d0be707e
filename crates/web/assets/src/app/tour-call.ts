// When the tour is taken: on a click, and by itself on the first visit. The tour itself is loaded
// only then.

import { recall } from '../shared/store';

export const TOUR_TAKEN = 'tour-taken';

export function startTourCalls(): void {
  document.addEventListener('click', (event) => {
    if (event.target instanceof Element && event.target.closest('[data-start-tour]')) take();
  });
  const isFirstVisit = document.documentElement.dataset.tour === 'first';
  if (isFirstVisit && recall(TOUR_TAKEN) === null) take();
}

function take(): void {
  void import('../tour').then((module) => module.takeTour());
}
