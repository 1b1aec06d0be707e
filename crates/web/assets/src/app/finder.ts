// The search over everything finds while one types: below its field a list of records, moved
// through with the arrows; Enter opens one, or without one the page of all that is found. After the
// WAI-ARIA combobox pattern: focus stays in the field.

import { later, make, openly } from '../shared/dom';
import { getJson, isAborted } from '../shared/http';

const ASK_AFTER_MS = 120;
/** One character is the beginning of too much. */
const LENGTH_MIN = 2;

interface Found {
  type: string;
  id: number;
  url: string;
  display: string;
  others: string[];
}

export function startFinder(input: HTMLInputElement): void {
  new Finder(input).listen();
}

class Finder {
  private readonly list = make('ul', { class: 'options', role: 'listbox', id: 'finds', hidden: true, 'aria-label': 'Found' });
  private active = -1;
  private asking: AbortController | undefined;
  private readonly askSoon = later(() => void this.ask(), ASK_AFTER_MS);

  constructor(private readonly input: HTMLInputElement) {}

  listen(): void {
    const { input, list } = this;
    for (const [name, value] of Object.entries({ role: 'combobox', autocomplete: 'off', 'aria-autocomplete': 'list', 'aria-expanded': 'false', 'aria-controls': 'finds' })) {
      input.setAttribute(name, value);
    }
    input.after(list);
    input.addEventListener('input', () => this.askSoon());
    input.addEventListener('keydown', (event) => this.onKey(event));
    input.addEventListener('blur', () => this.close());
    // Before blur, so that a click on a link is not lost with the list.
    list.addEventListener('mousedown', (event) => event.preventDefault());
    list.addEventListener('click', (event) => {
      const option = event.target instanceof Element ? event.target.closest<HTMLElement>('[data-href]') : null;
      if (option) open(option, event.ctrlKey || event.metaKey);
    });
    if (document.activeElement === input && input.value !== '') this.askSoon();
  }

  private onKey(event: KeyboardEvent): void {
    const { key } = event;
    if (this.list.hidden) return;
    if (key === 'ArrowDown' || key === 'ArrowUp') {
      event.preventDefault();
      this.point(this.active + (key === 'ArrowDown' ? 1 : -1));
    } else if (key === 'Enter' && this.active >= 0) {
      event.preventDefault();
      const option = this.options()[this.active];
      if (option) open(option, event.ctrlKey || event.metaKey);
    } else if (key === 'Escape') {
      event.preventDefault();
      event.stopPropagation();
      this.close();
    }
  }

  private options(): HTMLElement[] {
    return [...this.list.querySelectorAll<HTMLElement>('[data-href]')];
  }

  private async ask(): Promise<void> {
    this.asking?.abort();
    const text = this.input.value.trim();
    if (text.length < LENGTH_MIN) {
      this.close();
      return;
    }
    this.asking = new AbortController();
    try {
      const { results } = await getJson<{ results: Found[] }>(`/api/-/search/?${new URLSearchParams({ q: text })}`, this.asking.signal);
      this.show(results);
    } catch (error) {
      // The page of all that is found says what is wrong.
      if (!isAborted(error)) this.close();
    }
  }

  private show(results: Found[]): void {
    if (document.activeElement !== this.input) return;
    const options = results.map((found, index) =>
      make('li', { role: 'option', id: `find-${index}`, 'aria-selected': 'false', 'data-href': new URL(found.url).pathname.replace(/^.*\/api\//, '/') },
        make('bdi', {}, openly(found.display)), ' ',
        make('span', { class: 'meta' }, openly([found.type, ...found.others].join(' · ')))));
    this.list.replaceChildren(...options);
    if (options.length === 0) this.list.append(make('li', { role: 'option', 'aria-disabled': 'true', 'aria-selected': 'false' }, 'Nothing found'));
    this.list.hidden = false;
    this.input.setAttribute('aria-expanded', 'true');
    this.point(-1);
  }

  private point(index: number): void {
    const options = this.options();
    options[this.active]?.setAttribute('aria-selected', 'false');
    this.active = index < -1 ? options.length - 1 : index >= options.length ? -1 : index;
    const option = options[this.active];
    if (option) {
      option.setAttribute('aria-selected', 'true');
      option.scrollIntoView({ block: 'nearest' });
      this.input.setAttribute('aria-activedescendant', option.id);
    } else {
      this.input.removeAttribute('aria-activedescendant');
    }
  }

  private close(): void {
    this.asking?.abort();
    this.active = -1;
    this.list.hidden = true;
    this.input.setAttribute('aria-expanded', 'false');
    this.input.removeAttribute('aria-activedescendant');
  }
}

function open(option: HTMLElement, isElsewhere: boolean): void {
  const href = option.dataset.href ?? '/';
  if (isElsewhere) window.open(href, '_blank', 'noopener');
  else location.assign(href);
}
