// Rows are chosen by their checkboxes: a click for one, with Shift for all between it and the one
// before, the box in the header for all that match.

import { make } from '../shared/dom';
import type { Row } from './columns';
import type { Rows } from './rows';
import type { Selection } from './selection';
import type { GridTable } from './table';
import type { View } from './view';

/** As many as one request may change (docs/rest.md, "Limits"). */
const RANGE_MAX = 10_000;

export class Picking {
  readonly headBox = make('input', { type: 'checkbox', 'aria-label': 'Select all that match' });
  private last = -1;

  constructor(
    private readonly selection: Selection,
    private readonly rows: Rows,
    private readonly view: View,
  ) {
    this.headBox.addEventListener('change', () => (this.headBox.checked ? selection.all() : selection.clear()));
  }

  /** Writes the heading of the checkbox column, before DataTables reads the header. */
  writeHeading(line: HTMLTableRowElement): void {
    line.prepend(make('th', { scope: 'col', class: 'pick', 'data-dt-order': 'disable' }, this.headBox));
  }

  connect(table: GridTable): void {
    table.frame.addEventListener('click', (event) => {
      const cell = event.target instanceof Element ? event.target.closest<HTMLTableCellElement>('tbody td.pick') : null;
      const element = cell?.closest('tr');
      if (!element) return;
      // A click beside the small box is meant for it.
      if (!(event.target instanceof HTMLInputElement)) event.preventDefault();
      void this.toggle(table, table.indexOf(element), event.shiftKey);
    });
    // Shift-click would select text.
    table.frame.addEventListener('mousedown', (event) => {
      if (event.shiftKey && event.target instanceof Element && event.target.closest('td.pick')) event.preventDefault();
    });
    this.selection.onChange(() => this.show(table));
  }

  /** Chooses the row or leaves it; with `isRange` all from the last one on. */
  async toggle(table: GridTable, index: number, isRange: boolean): Promise<void> {
    const element = table.rowAt(index);
    const row = element && table.dataOf(element);
    if (!row) return;
    const isChosen = !this.selection.has(row.id);
    const [from, to] = isRange && this.last >= 0 ? [Math.min(this.last, index), Math.max(this.last, index)] : [index, index];
    this.last = index;
    if (from === to) return this.selection.set([row.id], isChosen);
    const page = await this.rows.load(this.view.shown, from, Math.min(to - from + 1, RANGE_MAX));
    this.selection.set(page.rows.map(({ id }) => id), isChosen);
  }

  /** How a row looks by whether it is chosen. */
  mark(element: HTMLTableRowElement, row: Row): void {
    const isChosen = this.selection.has(row.id);
    element.classList.toggle('picked', isChosen);
    const box = element.querySelector<HTMLInputElement>('td.pick input');
    if (box) box.checked = isChosen;
  }

  forgetRange(): void {
    this.last = -1;
  }

  private show(table: GridTable): void {
    for (const element of table.frame.querySelectorAll<HTMLTableRowElement>('tbody tr')) {
      const row = table.dataOf(element);
      if (row) this.mark(element, row);
    }
    const count = this.selection.count(table.count);
    this.headBox.checked = count > 0 && count === table.count;
    this.headBox.indeterminate = count > 0 && count !== table.count;
  }
}
