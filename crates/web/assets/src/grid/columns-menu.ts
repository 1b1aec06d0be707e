// The menu by which columns are shown, hidden and moved: what can be done by dragging a heading can
// be done here by keyboard.

import { button, make } from '../shared/dom';
import type { Column } from './columns';
import type { GridTable } from './table';
import { menuOf } from './tools';

export class ColumnsMenu {
  readonly element = menuOf('Columns', []);
  private table: GridTable | undefined;

  constructor(private readonly columns: Column[]) {
    // Written when it is opened, so that it is never older than the table.
    this.element.addEventListener('toggle', () => this.element.open && this.write());
  }

  connect(table: GridTable): void {
    this.table = table;
  }

  private write(): void {
    const { table } = this;
    if (!table) return;
    const items = table.order().map(({ name, isShown }) => this.itemOf(table, name, isShown));
    this.element.querySelector('ul')?.replaceChildren(...items);
  }

  private itemOf(table: GridTable, name: string, isShown: boolean): HTMLElement {
    const column = this.columns.find((one) => one.name === name);
    const title = column?.title ?? name;
    const box = make('input', { type: 'checkbox', disabled: column?.isKey ?? false });
    box.checked = isShown;
    box.addEventListener('change', () => table.show(name, box.checked));
    return make('li', {}, make('label', {}, box, title), this.mover(table, name, title, -1), this.mover(table, name, title, 1));
  }

  private mover(table: GridTable, name: string, title: string, by: -1 | 1): HTMLElement {
    const label = by < 0 ? `Move ${title} to the front` : `Move ${title} back`;
    const move = (): void => {
      table.move(name, by);
      this.write();
      this.element.querySelector<HTMLElement>(`[aria-label="${CSS.escape(label)}"]`)?.focus();
    };
    return button(by < 0 ? '↑' : '↓', move, { class: 'move', 'aria-label': label });
  }
}
