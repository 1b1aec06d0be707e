// Pages with plots: <figure class="plot" data-plot="bars|days"> with a place for it and a table becomes
// a plot of the table's numbers. The table stays, folded below, for those who read rather than look.

import './plots/plots.css';
import { LOOK_CHANGED } from './app/look';
import { make } from './shared/dom';
import { draw } from './plots/draw';
import { readPoints } from './plots/points';

for (const figure of document.querySelectorAll<HTMLElement>('figure.plot')) start(figure);

function start(figure: HTMLElement): void {
  const table = figure.querySelector('table');
  const place = figure.querySelector<HTMLElement>('.canvas');
  const points = table ? readPoints(table) : [];
  if (!place || points.length === 0) return;
  const kind = figure.dataset.plot === 'days' ? 'days' : 'bars';
  const title = figure.querySelector('figcaption')?.textContent?.trim() ?? 'Plot';
  const canvas = make('canvas', { role: 'img', 'aria-label': `${title}, as a plot; the numbers stand below it` });
  place.append(canvas);

  let chart = draw(canvas, kind, points);
  const again = (): void => {
    chart.destroy();
    chart = draw(canvas, kind, points);
  };
  document.addEventListener(LOOK_CHANGED, again);
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', again);
}
