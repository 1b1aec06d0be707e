// Pages with plots: <figure class="plot" data-plot="bars|days"> with a table becomes a plot of the
// table's numbers. The table stays, folded below, for those who read rather than look.

import './plots/plots.css';
import { LOOK_CHANGED } from './app/look';
import { make } from './shared/dom';
import { draw } from './plots/draw';
import { readPoints } from './plots/points';

for (const figure of document.querySelectorAll<HTMLElement>('figure.plot')) start(figure);

function start(figure: HTMLElement): void {
  const table = figure.querySelector('table');
  const points = table ? readPoints(table) : [];
  if (!table || points.length === 0) return;
  const kind = figure.dataset.plot === 'days' ? 'days' : 'bars';
  const title = figure.querySelector('figcaption')?.textContent?.trim() ?? 'Plot';
  const canvas = make('canvas', { role: 'img', 'aria-label': `${title}, as a plot; the numbers stand below it` });
  const place = make('div', { class: 'canvas' }, canvas);
  // A long table comes folded.
  const folded = table.closest('details') ?? make('details', { class: 'as-table' }, make('summary', {}, 'Numbers'));
  if (!folded.contains(table)) {
    table.before(folded);
    folded.append(table);
  }
  folded.before(place);

  let chart = draw(canvas, place, kind, points);
  const again = (): void => {
    chart.destroy();
    chart = draw(canvas, place, kind, points);
  };
  document.addEventListener(LOOK_CHANGED, again);
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', again);
}
