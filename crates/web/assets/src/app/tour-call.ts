// When the tour is taken: on a click, and by itself on the first visit. The tour itself is loaded
// only then.

import { recall } from '../shared/store';

/** Who ended the tour in this tab, for as long as the server may not have heard of it. */
export const TOUR_ENDED_BY = 'tour-ended-by';

export function startTourCalls(): void {
  document.addEventListener('click', (event) => {
    if (event.target instanceof Element && event.target.closest('[data-start-tour]')) take(false);
  });
  if (document.documentElement.dataset.tour !== 'first') return;
  if (recall(TOUR_ENDED_BY, 'session') !== visitor()) {
    take(true);
  } else {
    // They went on quicker than that could be kept, or it could not be.
    void import('../tour').then((module) => module.tellEnded());
  }
}

/** Who looks at the page, by what opens their menu. */
export function visitor(): string {
  return document.querySelector('.top .me:not(.when) summary')?.textContent ?? '';
}

function take(isFirst: boolean): void {
  void import('../tour').then((module) => module.takeTour(isFirst));
}
