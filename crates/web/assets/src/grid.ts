// Pages with a table of records: turns <section class="grid"> into a grid that scrolls through all
// of them. What the server wrote stays until the first rows are there, and for good if they never
// come. The parts know each other only through here.

import './grid/grid.css';
import './grid/views.css';
import { LOOK_CHANGED } from './app/look';
import { button, make } from './shared/dom';
import { told, Refusal } from './shared/http';
import { ChosenBar } from './grid/chosen-bar';
import { readColumns } from './grid/columns';
import { ColumnsMenu } from './grid/columns-menu';
import type { Condition } from './grid/conditions';
import { exportMenu } from './grid/exports';
import { Facets } from './grid/facets';
import { Filters } from './grid/filters';
import { Keyboard } from './grid/keyboard';
import { Picking } from './grid/picking';
import { Rows } from './grid/rows';
import { Selection } from './grid/selection';
import { GridTable } from './grid/table';
import { Tools } from './grid/tools';
import { View } from './grid/view';
import { carryView } from './grid/views';

/** What the keys of the rows do, for the help on "?". */
const KEYS = 'j ↓=Next row|k ↑=Row before|Enter=Opens the row|x=Selects the row';

for (const section of document.querySelectorAll<HTMLElement>('section.grid')) void startGrid(section);

async function startGrid(section: HTMLElement): Promise<void> {
  const element = section.querySelector('table');
  const head = element?.tHead;
  const { api, page = '', query = '' } = section.dataset;
  if (!element || !head?.rows[0] || !api) return;

  // Before anything changes: where the rows will begin, since the place of the tools is kept.
  const { top } = element.getBoundingClientRect();
  const columns = readColumns(element);
  const view = new View(columns, section.dataset.all);
  carryView(view);
  const rows = new Rows(api, fixedConditions(query));
  const selection = new Selection();
  const picking = new Picking(selection, rows, view);
  const filters = new Filters(columns, view);
  const facets = new Facets(section.dataset.facets ?? '', columns, rows, view);
  const columnsMenu = new ColumnsMenu(columns);
  const build = async (changed?: Condition): Promise<void> => {
    const { openBuilder } = await import('./grid/builder');
    const now = await openBuilder(rows, view, changed);
    // What led there may be another by now: a chip anew, or a filter that can say it.
    if (now && !tools.focusOn(now) && !filters.focusOn(now)) conditions.focus();
  };
  const conditions = button('Conditions', () => void build(), { 'aria-haspopup': 'dialog', 'data-key': 'f' });
  const tools = new Tools(view, api, (condition) => void build(condition), [conditions, columnsMenu.element, exportMenu(section, rows, columns, view)]);
  const bar = new ChosenBar(section, columns, selection, rows, view);
  section.prepend(make('div', { class: 'bars' }, tools.element, bar.element), facets.element, tools.errorElement);
  tools.showConditions(filters.others);

  const table = new GridTable(section, element, columns, view, rows, page, {
    onRow: (line, row) => picking.mark(line, row),
    onDraw: () => keyboard?.drawn(),
    onCount: (found) => {
      tools.showCount(found);
      bar.setCount(found.filtered);
    },
    onError: (sentence) => tools.showError(sentence),
  });
  let keyboard: Keyboard | undefined;

  const first = await firstPage(rows, view, (error) => tools.showError(told(error)));
  if (!first) return;
  takeOver(section, element, head.rows[0]);
  picking.writeHeading(head.rows[0]);
  filters.writeRow(head);
  table.start(first, top);
  columnsMenu.connect(table);
  picking.connect(table);
  keyboard = new Keyboard(table, picking);
  section.dataset.keys = KEYS;
  void facets.refresh().then(() => table.fit());

  view.onChange((changed) => {
    const isOther = changed.has('conditions') || changed.has('search');
    if (isOther) {
      filters.showConditions();
      tools.showConditions(filters.others);
      selection.conditionsChanged();
      picking.forgetRange();
      keyboard?.reset();
      table.redraw();
      void facets.refresh();
    } else if (changed.has('columns')) {
      // What a hidden column is filtered by stands among the chips.
      tools.showConditions(filters.others);
      table.refresh();
    }
  });
  document.addEventListener(LOOK_CHANGED, () => table.rowsResized());
}

/** Puts away what the server wrote for readers without script: scroller, links that sort. */
function takeOver(section: HTMLElement, element: HTMLTableElement, headings: HTMLTableRowElement): void {
  const scroller = element.closest('.scrolls');
  if (scroller && section.contains(scroller)) scroller.replaceWith(element);
  element.removeAttribute('class');
  element.querySelector('colgroup')?.remove();
  for (const cell of headings.cells) {
    cell.textContent = (cell.textContent ?? '').trim();
    cell.removeAttribute('aria-sort');
    cell.hidden = false;
  }
}

/** The first rows; conditions that are refused are told, and then asked without. */
async function firstPage(rows: Rows, view: View, onError: (error: unknown) => void): ReturnType<typeof tryFirst> {
  // A link to a place far down: what it shows is under way while the table is made.
  if (view.shown.row > 0) rows.load(view.shown, view.shown.row, 1).catch(() => undefined);
  try {
    return await rows.load(view.shown, 0, 100);
  } catch (error) {
    onError(error);
    return error instanceof Refusal && error.status === 400 ? tryFirst(rows, view) : null;
  }
}

/** A link with a condition that this server does not know still shows the table. */
async function tryFirst(rows: Rows, view: View): Promise<Awaited<ReturnType<Rows['load']>> | null> {
  view.change({ conditions: [], ordering: [] });
  return rows.load(view.shown, 0, 100).catch(() => null);
}

function fixedConditions(query: string): Condition[] {
  return [...new URLSearchParams(query)];
}
