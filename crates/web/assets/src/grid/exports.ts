// Taking rows elsewhere: files that the server makes of all that the conditions match, the
// clipboard, and paper. Copy and print take as many rows as a page of the API has.

import { copyText, flash } from '../app/copy';
import { button, make } from '../shared/dom';
import { getJson } from '../shared/http';
import { textOf } from './cells';
import type { Column, Row } from './columns';
import type { Rows } from './rows';
import { menuOf } from './tools';
import type { Shown, View } from './view';

/** A file that the server makes: in a format, or as a template of the register's own has it. */
export type ExportFile = { label: string } & ({ format: string } | { template: string });

export const FORMATS: ExportFile[] = [
  { label: 'CSV', format: 'csv' },
  { label: 'XLSX', format: 'xlsx' },
  { label: 'YAML', format: 'yaml' },
  { label: 'JSON lines', format: 'jsonl' },
];
/** Records on a page of the API, at most. */
const ROWS_MAX = 1000;

/** The templates that can write the records of a table. */
export function templatesOf(section: HTMLElement): ExportFile[] {
  const names = section.dataset.templates?.split(',') ?? [];
  return names.map((name) => ({ label: name, template: name }));
}

export function exportMenu(section: HTMLElement, rows: Rows, columns: Column[], view: View): HTMLDetailsElement {
  const links = [...FORMATS, ...templatesOf(section)].map((file) => ({ file, link: make('a', { download: '' }, `${file.label}, all that match`) }));
  const copy = button('Copy the first 1,000', () => {
    void copyRows(rows.api, rows.filterQuery(view.shown), columns, view.shown).then((isCopied) => flash(copy, isCopied ? 'Copied' : 'Not copied'));
  });
  const print = button('Print the first 1,000', () => void printRows(section, rows, columns, view.shown));
  const menu = menuOf('Export', [...links.map(({ link }) => link), copy, print]);
  menu.addEventListener('toggle', () => {
    for (const { file, link } of links) link.href = exportAddress(rows.api, file, rows.filterQuery(view.shown), view.shown);
  });
  return menu;
}

/** Where the server writes this as a file: the same conditions and order, and the same columns, but for a template, which names its own. */
export function exportAddress(api: string, file: ExportFile, query: URLSearchParams, shown: Shown): string {
  const asked = new URLSearchParams(query);
  if (shown.ordering.length > 0) asked.set('ordering', shown.ordering.join(','));
  if ('template' in file) {
    asked.set('export', file.template);
    return `${api}?${asked}`;
  }
  asked.set('fields', shown.columns.join(','));
  return `${api.replace(/\/$/, '')}.${file.format}?${asked}`;
}

/** Copies rows as a table that a spreadsheet takes; false if the browser or the server refuses. */
export async function copyRows(api: string, query: URLSearchParams, columns: Column[], shown: Shown): Promise<boolean> {
  try {
    const seen = seenColumns(columns, shown);
    const found = await firstRows(api, query, shown);
    const lines = found.map((row) => seen.map((column) => pasted(column, row[column.name])).join('\t'));
    return await copyText([seen.map(({ title }) => title).join('\t'), ...lines].join('\n'));
  } catch {
    return false;
  }
}

/** A cell that the spreadsheet it is pasted into does not work out: what begins as a formula becomes text, save numbers. */
function pasted(column: Column, value: unknown): string {
  const text = cellText(textOf(column, value));
  return /^'*[=+\-@＝＋－＠]/.test(text) && !/^-?[\d.]+$/.test(text) ? `'${text}` : text;
}

/** Prints a plain table, since the grid has only the rows that are scrolled to. */
async function printRows(section: HTMLElement, rows: Rows, columns: Column[], shown: Shown): Promise<void> {
  const seen = seenColumns(columns, shown);
  const found = await firstRows(rows.api, rows.filterQuery(shown), shown);
  const head = make('thead', {}, make('tr', {}, ...seen.map(({ title }) => make('th', { scope: 'col' }, title))));
  const body = make('tbody', {}, ...found.map((row) => make('tr', {}, ...seen.map((column) => make('td', {}, textOf(column, row[column.name]))))));
  const paper = make('table', { class: 'plain paper' }, head, body);
  section.append(paper);
  section.classList.add('printing');
  window.addEventListener('afterprint', () => {
    section.classList.remove('printing');
    paper.remove();
  }, { once: true });
  window.print();
}

async function firstRows(api: string, query: URLSearchParams, shown: Shown): Promise<Row[]> {
  const asked = new URLSearchParams(query);
  if (shown.ordering.length > 0) asked.set('ordering', shown.ordering.join(','));
  asked.set('fields', ['id', ...shown.columns].join(','));
  asked.set('limit', String(ROWS_MAX));
  asked.set('count', 'none');
  return (await getJson<{ results: Row[] }>(`${api}?${asked}`)).results;
}

function seenColumns(columns: Column[], shown: Shown): Column[] {
  return shown.columns.flatMap((name) => columns.find((column) => column.name === name) ?? []);
}

/** One cell of the clipboard: on one line, and never a formula to the spreadsheet it lands in. */
function cellText(text: string): string {
  const line = text.replace(/[\t\r\n]+/g, ' ');
  return /^[=+\-@]/.test(line) && !/^[+-]?\d+(\.\d+)?$/.test(line) ? `'${line}` : line;
}
