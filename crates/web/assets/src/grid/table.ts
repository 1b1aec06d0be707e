// DataTables and its Scroller behind a small face: rows by their place, a redraw, columns shown and
// moved. Rows come from Rows and cells from cells.ts; DataTables' own search, paging controls and
// requests are not used, and its one table is scrolled as it is, so that the header is one too.

import type { Api } from 'datatables.net';
import { make } from '../shared/dom';
import { told } from '../shared/http';
import { cellOf } from './cells';
import { isNumber, isOrderable, type Column, type Row } from './columns';
import { Frame } from './frame';
import type { Page, Rows } from './rows';
import DataTable, { rowHeight } from './scroller';
import type { View } from './view';
import { begunWidth, PICK_WIDTH, sharedWidths, wantedWidth } from './widths';

/** Waits this long after the last scroll before it asks; short, since chunks are kept. */
const SCROLL_WAIT_MS = 60;
/** Screens of rows that are in the page at once. */
const SCREENS = 3;

export interface TableHooks {
  /** A row was made: its classes, its checkbox. */
  onRow: (element: HTMLTableRowElement, row: Row, index: number) => void;
  onDraw: () => void;
  onCount: (page: Page) => void;
  onError: (sentence: string | null) => void;
}

export class GridTable {
  readonly scrolling = new Frame();
  private api!: Api<Row>;
  private wanted = new Map<string, number>();
  private filtered = 0;

  constructor(
    private readonly section: HTMLElement,
    private readonly table: HTMLTableElement,
    private readonly columns: Column[],
    private readonly view: View,
    private readonly rows: Rows,
    private readonly page: string,
    private readonly hooks: TableHooks,
  ) {}

  /** Takes over the table, with the first rows at hand: what the server wrote stays until now. */
  start(first: Page, top: number): void {
    this.scrolling.expectAt(top);
    const ordered = this.inShownOrder();
    this.wanted = new Map(this.columns.map((column) => [column.name, begunWidth(column)]));
    this.section.classList.add('ready');
    DataTable.ext.errMode = 'none';
    this.filtered = first.filtered;
    this.api = new DataTable(this.table, {
      serverSide: true,
      // What a window has, so that rows are seen early; scrolling brings the others.
      data: first.rows.slice(0, Math.ceil(window.innerHeight / rowHeight()) + 2),
      deferLoading: [first.filtered, first.total],
      ajax: (data: unknown, callback: (answer: unknown) => void) => void this.answer(data as DrawRequest, callback),
      columns: [this.pickColumn(), ...ordered.map((column) => this.columnOptions(column))],
      // Before Scroller looks for what scrolls, and how high that is.
      on: { preInit: () => this.table.parentElement && this.scrolling.adopt(this.table.parentElement) },
      order: this.orderOf(ordered),
      titleRow: 0,
      autoWidth: false,
      typeDetect: false,
      orderMulti: true,
      info: false,
      layout: { topStart: null, topEnd: null, bottomStart: null, bottomEnd: null },
      // Rows are at hand from the start, so that what it says while loading means that none are.
      language: { zeroRecords: 'Nothing matches.', emptyTable: 'Nothing here yet.', loadingRecords: 'Nothing matches.' },
      rowCallback: (element: Node, row: unknown, place: number) => this.onRow(element as HTMLTableRowElement, row as Row, place),
      scroller: { serverWait: SCROLL_WAIT_MS, displayBuffer: SCREENS },
      colReorder: { columns: 'th[data-name]', headerRows: [0] } as never,
    }) as unknown as Api<Row>;
    this.listen();
    this.layOut();
    this.hooks.onCount(first);
    if (this.view.shown.row > 0) this.scrollTo(this.view.shown.row);
    // What stands above it may have become higher: conditions, a notice.
    requestAnimationFrame(() => this.scrolling.fit() && this.fit());
  }

  /** Asks anew and begins at the top. */
  redraw(): void {
    this.frame.scrollTop = 0;
    this.api.draw();
  }

  /** Asks anew where one is. */
  refresh(): void {
    this.api.draw(false);
  }

  get frame(): HTMLElement {
    return this.scrolling.element;
  }

  /** How many rows there are to scroll through. */
  get count(): number {
    return this.filtered;
  }

  /** The row just below the header; null while those that are scrolled to are not there yet. */
  get topRow(): number | null {
    const body = this.table.tBodies[0];
    if (!body) return null;
    const place = Math.round((this.frame.scrollTop - this.table.offsetTop) / rowHeight());
    return place < 0 || place >= body.rows.length ? null : this.api.page.info().start + place;
  }

  /** Rows between header and lower edge. */
  get rowsInView(): number {
    return Math.max(1, Math.floor((this.frame.clientHeight - (this.table.tHead?.offsetHeight ?? 0)) / rowHeight()));
  }

  scrollTo(index: number): void {
    this.api.scroller.toPosition(index, false);
  }

  /** The element of a row, if it is in the page. */
  rowAt(index: number): HTMLTableRowElement | null {
    return this.table.tBodies[0]?.rows[index - this.api.page.info().start] ?? null;
  }

  indexOf(element: HTMLTableRowElement): number {
    return this.api.page.info().start + element.sectionRowIndex;
  }

  dataOf(element: HTMLTableRowElement): Row | undefined {
    return this.api.row(element).data() as Row | undefined;
  }

  /** Shows or hides a column. */
  show(name: string, isShown: boolean): void {
    this.api.column(`${name}:name`).visible(isShown);
    this.readColumns();
  }

  /** Moves a column by one place among those shown. */
  move(name: string, by: -1 | 1): void {
    const order = this.order();
    const from = order.findIndex((column) => column.name === name);
    let to = from + by;
    while (order[to] && !order[to]?.isShown) to += by;
    if (from < 0 || to < 0 || to >= order.length) return;
    // The first column of DataTables is that of the checkboxes.
    this.api.colReorder.move(from + 1, to + 1, true, false);
    this.readColumns();
  }

  /** All columns in the order they stand in now. */
  order(): { name: string; isShown: boolean }[] {
    const names = this.api.columns().names().toArray() as string[];
    const seen = this.api.columns().visible().toArray() as unknown as boolean[];
    return names.map((name, index) => ({ name, isShown: seen[index] ?? false })).slice(1);
  }

  /** Rows have another height: finds the place again. */
  rowsResized(): void {
    const row = this.topRow ?? 0;
    this.fit();
    this.refresh();
    this.api.one('draw', () => this.scrollTo(row));
  }

  /** Fits the frame into the window, and columns into the frame. */
  fit(): void {
    this.scrolling.fit();
    this.api.scroller.measure(false);
    this.layOut();
  }

  private listen(): void {
    this.api.on('draw', () => {
      this.tellRow();
      this.hooks.onDraw();
    });
    this.api.on('order', () => this.readOrder());
    this.api.on('columns-reordered', () => this.readColumns());
    this.api.on('column-sizing', () => this.layOut());
    this.frame.addEventListener('scroll', () => this.tellRow(), { passive: true });
    window.addEventListener('resize', () => this.fit());
  }

  private tellRow(): void {
    const row = this.topRow;
    if (row !== null) this.view.change({ row });
  }

  private async answer(request: DrawRequest, callback: (answer: unknown) => void): Promise<void> {
    this.section.classList.add('busy');
    try {
      const page = await this.rows.load(this.view.shown, request.start, request.length);
      this.filtered = page.filtered;
      this.hooks.onError(null);
      callback({ draw: request.draw, recordsTotal: page.total, recordsFiltered: page.filtered, data: page.rows });
      this.hooks.onCount(page);
      if (request.start === 0) {
        this.measure(page.rows);
        this.layOut();
      }
    } catch (error) {
      this.hooks.onError(told(error));
    } finally {
      this.section.classList.remove('busy');
    }
  }

  private onRow(element: HTMLTableRowElement, row: Row, place: number): void {
    const index = this.api ? this.api.page.info().start + place : place;
    // The header's two rows are rows as well.
    element.setAttribute('aria-rowindex', String(index + 3));
    this.hooks.onRow(element, row, index);
  }

  private pickColumn(): object {
    return { name: '', data: null, orderable: false, className: 'pick', width: `${PICK_WIDTH}px`, render: (_: unknown, type: string, row: Row) => (type === 'display' ? pickBox(this.columns, row) : '') };
  }

  private columnOptions(column: Column): object {
    return {
      name: column.name,
      data: column.name,
      defaultContent: '',
      orderable: isOrderable(column),
      visible: this.view.shown.columns.includes(column.name),
      className: isNumber(column) ? 'number' : '',
      // Nodes for what is seen, never markup; nothing else asks.
      render: (_: unknown, type: string, row: Row) => (type === 'display' ? cellOf(column, row, this.page) : ''),
    };
  }

  /** Columns as the address orders them, those that are hidden behind; the header follows. */
  private inShownOrder(): Column[] {
    const { columns: names } = this.view.shown;
    const shown = names.map((name) => this.columns.find((column) => column.name === name)).filter((column) => column !== undefined);
    const ordered = [...shown, ...this.columns.filter(({ name }) => !names.includes(name))];
    for (const line of this.table.tHead?.rows ?? []) {
      const cells = new Map([...line.cells].map((cell) => [cell.dataset.name, cell]));
      for (const { name } of ordered) line.append(cells.get(name) ?? '');
    }
    return ordered;
  }

  private orderOf(ordered: Column[]): [number, 'asc' | 'desc'][] {
    return this.view.shown.ordering.flatMap((word): [number, 'asc' | 'desc'][] => {
      const place = ordered.findIndex(({ name }) => name === word.replace(/^-/, ''));
      return place < 0 ? [] : [[place + 1, word.startsWith('-') ? 'desc' : 'asc']];
    });
  }

  private readOrder(): void {
    const names = this.api.columns().names().toArray() as string[];
    const order = this.api.order() as unknown as [number, string][];
    const ordering = order.filter(([index, dir]) => names[index] && dir).map(([index, dir]) => `${dir === 'desc' ? '-' : ''}${names[index]}`);
    if (ordering.join() === this.view.shown.ordering.join()) return;
    this.frame.scrollTop = 0;
    this.view.change({ ordering, row: 0 });
  }

  private readColumns(): void {
    this.view.change({ columns: this.order().filter(({ isShown }) => isShown).map(({ name }) => name) });
    this.layOut();
  }

  private measure(rows: Row[]): void {
    // Not the shorthand, which is empty where digits are tabular.
    const { fontSize, fontFamily } = getComputedStyle(this.table);
    for (const column of this.columns) {
      // Columns grow with what comes by, and never shrink under the reader.
      const width = wantedWidth(column, rows, `${fontSize} ${fontFamily}`);
      this.wanted.set(column.name, Math.max(width, this.wanted.get(column.name) ?? 0));
    }
  }

  private layOut(): void {
    if (!this.api) return;
    const wanted = this.order().filter(({ isShown }) => isShown).map(({ name }) => this.wanted.get(name) ?? 120);
    const widths = [PICK_WIDTH, ...sharedWidths(wanted, this.frame.clientWidth)];
    const places = this.table.querySelectorAll<HTMLTableColElement>('colgroup > col');
    places.forEach((place, index) => (place.style.width = `${widths[index] ?? 0}px`));
    this.table.style.width = `${widths.reduce((total, width) => total + width, 0)}px`;
    this.table.setAttribute('aria-rowcount', String(this.filtered + 2));
  }
}

interface DrawRequest {
  draw: number;
  start: number;
  length: number;
}

function pickBox(columns: Column[], row: Row): Node {
  const key = columns[0] ? String(row[columns[0].name] ?? row.id) : String(row.id);
  return make('input', { type: 'checkbox', 'aria-label': `Select ${key}`, tabindex: '-1' });
}
