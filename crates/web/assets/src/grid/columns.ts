// The columns of a grid, as the server wrote them into the header of its table.

export interface Column {
  name: string;
  title: string;
  /** A kind of the schema: text, ref, choice, … */
  kind: string;
  /** For references: the plural of the type they point to. */
  of: string | null;
  choices: string[];
  /** Shown when neither the address nor the reader says anything. */
  isShown: boolean;
  /** The first column: leads to the record, and is always shown. */
  isKey: boolean;
  /** What the server began with, in pixels at the usual size of text; 0 where it said nothing. */
  width: number;
}

/** What a record has beside its fields. */
export type Row = { id: number } & Record<string, unknown>;

export function readColumns(table: HTMLTableElement): Column[] {
  // The server wrote them in the order that the address asks for; which is the key is another matter.
  const place = (cell: HTMLTableCellElement): number => Number(cell.dataset.place ?? 0);
  const cells = [...table.querySelectorAll<HTMLTableCellElement>('thead th[data-name]')].sort((a, b) => place(a) - place(b));
  return cells.map((cell, index) => ({
    name: cell.dataset.name ?? '',
    title: (cell.textContent ?? '').trim(),
    kind: (cell.dataset.kind ?? 'text').replace(' ', '_'),
    of: cell.dataset.of ?? null,
    choices: choicesOf(cell.dataset.choices ?? ''),
    isShown: cell.dataset.shown !== undefined || index === 0,
    isKey: index === 0,
    width: Number(cell.dataset.width ?? 0),
  }));
}

/** Words with blanks between them, or with `|` where a word has blanks itself. */
function choicesOf(text: string): string[] {
  return text.split(text.includes('|') ? '|' : ' ').filter((word) => word !== '');
}

export function isText(column: Column): boolean {
  return /^(text|long_text|url|email|mac)$/.test(column.kind);
}

export function isAddress(column: Column): boolean {
  return column.kind === 'ip' || column.kind === 'network';
}

export function isReference(column: Column): boolean {
  return column.kind === 'ref' || column.kind === 'refs';
}

export function isNumber(column: Column): boolean {
  return column.kind === 'integer' || column.kind === 'decimal';
}

export function isMoment(column: Column): boolean {
  return column.kind === 'date' || column.kind === 'datetime';
}

/** Lists of references and JSON have no order. */
export function isOrderable(column: Column): boolean {
  return column.kind !== 'refs' && column.kind !== 'json';
}
