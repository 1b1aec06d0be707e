// The bar for what is selected: how many, what this browser can do with them (copy, export), and
// the server's own buttons, which it writes as <form data-selection hidden> into the section.

import { flash } from '../app/copy';
import { button, make } from '../shared/dom';
import { copyRows, exportAddress, type ExportFile, FORMATS, templatesOf } from './exports';
import type { Column } from './columns';
import type { Rows } from './rows';
import type { Selection } from './selection';
import { menuOf } from './tools';
import type { View } from './view';

/** Ids in one address: values of one parameter (docs/rest.md, "Limits"). */
const IDS_MAX = 1000;

export class ChosenBar {
  readonly element = make('div', { class: 'chosen', hidden: true, role: 'region', 'aria-label': 'Selected' });
  private readonly told = make('span', { role: 'status' });
  private readonly everything: HTMLButtonElement;
  private readonly files: { file: ExportFile; link: HTMLAnchorElement }[];
  private readonly templates: HTMLElement[];
  private readonly forms: HTMLFormElement[];
  private filtered = 0;

  constructor(
    section: HTMLElement,
    private readonly columns: Column[],
    private readonly selection: Selection,
    private readonly rows: Rows,
    private readonly view: View,
  ) {
    this.everything = button('', () => selection.all(), { class: 'link' });
    const formats = FORMATS.map((file) => ({ file, link: make('a', { class: 'button', download: '' }, file.label) }));
    const templates = templatesOf(section).map((file) => ({ file, link: make('a', { download: '' }, file.label) }));
    this.files = [...formats, ...templates];
    this.templates = templates.length > 0 ? [menuOf('Templates', templates.map(({ link }) => link))] : [];
    const copy = button('Copy', () => void this.copy(copy));
    this.forms = [...section.querySelectorAll<HTMLFormElement>('form[data-selection]')];
    for (const form of this.forms) form.hidden = false;
    this.element.append(
      this.told,
      this.everything,
      button('Clear', () => selection.clear(), { class: 'link' }),
      make('span', { class: 'space' }),
      copy,
      ...formats.map(({ link }) => link),
      ...this.templates,
      ...this.forms,
    );
    selection.onChange(() => this.show());
  }

  setCount(filtered: number): void {
    this.filtered = filtered;
    this.show();
  }

  private show(): void {
    const count = this.selection.count(this.filtered);
    const { isAll } = this.selection.chosen;
    this.element.hidden = count === 0;
    if (count === 0) return;
    this.told.textContent = `${count.toLocaleString('en')} selected`;
    this.everything.hidden = isAll || count >= this.filtered;
    this.everything.textContent = `Select all ${this.filtered.toLocaleString('en')} that match`;
    const query = this.query();
    for (const menu of this.templates) menu.hidden = query === null;
    for (const { file, link } of this.files) {
      link.hidden = query === null;
      if (query) link.href = exportAddress(this.rows.api, file, query, this.view.shown);
    }
    for (const form of this.forms) this.fill(form, count);
  }

  /** Conditions that match just what is selected; null where an address cannot say so many ids. */
  private query(): URLSearchParams | null {
    const { isAll, ids } = this.selection.chosen;
    if (ids.size > IDS_MAX) return null;
    const query = isAll ? this.rows.filterQuery(this.view.shown) : new URLSearchParams();
    if (ids.size > 0) query.append(isAll ? 'id__in!' : 'id__in', [...ids].join(','));
    return query;
  }

  /** Tells the server's form what it is about: ids, or conditions and how many they match. */
  private fill(form: HTMLFormElement, count: number): void {
    const { isAll, ids } = this.selection.chosen;
    setHidden(form, 'ids', isAll ? '' : [...ids].join(','));
    setHidden(form, 'query', isAll ? String(this.query() ?? '') : '');
    setHidden(form, 'expect_count', String(count));
  }

  private async copy(control: HTMLElement): Promise<void> {
    const query = this.query();
    const isCopied = query !== null && (await copyRows(this.rows.api, query, this.columns, this.view.shown));
    flash(control, isCopied ? 'Copied' : 'Not copied');
  }
}

function setHidden(form: HTMLFormElement, name: string, value: string): void {
  let input = form.querySelector<HTMLInputElement>(`input[type="hidden"][name="${name}"]`);
  if (!input) {
    input = make('input', { type: 'hidden', name });
    form.append(input);
  }
  input.value = value;
}
