// When the tour is taken: on a click, and by itself on the first visit. The tour itself is loaded
// only then.

export function startTourCalls(): void {
  document.addEventListener('click', (event) => {
    if (event.target instanceof Element && event.target.closest('[data-start-tour]')) take(false);
  });
  if (isFirstVisit()) take(true);
}

/** Whom the server has not seen take it, or end it. */
function isFirstVisit(): boolean {
  return document.documentElement.dataset.tour === 'first';
}

function take(isFirst: boolean): void {
  void import('../tour').then((module) => module.takeTour(isFirst));
}
