// What scrolls: the element that DataTables puts around its table, as high as the window lets it
// be, so that the page itself does not scroll.

const HEIGHT_MIN = 320;
/** The padding of main below it. */
const BELOW = 14;

export class Frame {
  element!: HTMLElement;
  private top = 0;

  /** Says where it will begin, before there is one; asked while the layout is clean. */
  expectAt(top: number): void {
    this.top = top + window.scrollY;
  }

  adopt(element: HTMLElement): void {
    this.element = element;
    element.classList.add('frame');
    element.tabIndex = 0;
    element.setAttribute('role', 'group');
    element.setAttribute('aria-label', 'Rows');
    element.addEventListener('mouseover', (event) => this.showWhole(event.target));
    this.setHeight();
  }

  /** Shows text that is cut off whole, while the pointer is on it. */
  private showWhole(target: EventTarget | null): void {
    const content = target instanceof Element ? target.closest<HTMLElement>('tbody td > *') : null;
    if (content && content.scrollWidth > content.clientWidth && content.title === '') content.title = content.innerText;
  }

  /** Takes what is left of the window; false if that is what it had. */
  fit(): boolean {
    this.expectAt(this.element.getBoundingClientRect().top);
    return this.setHeight();
  }

  /** Scrolls no further than needed to have a row between the header and the lower edge. */
  reveal(row: HTMLTableRowElement): void {
    const head = this.element.querySelector('thead')?.offsetHeight ?? 0;
    const { top } = this.element.getBoundingClientRect();
    const box = row.getBoundingClientRect();
    const above = top + head - box.top;
    const below = box.bottom - (top + this.element.clientHeight);
    if (above > 0) this.element.scrollTop -= above;
    else if (below > 0) this.element.scrollTop += below;
  }

  private setHeight(): boolean {
    const foot = document.querySelector<HTMLElement>('.foot')?.offsetHeight ?? 0;
    const height = `${Math.max(HEIGHT_MIN, Math.floor(window.innerHeight - this.top - foot - BELOW))}px`;
    const isOther = this.element.style.height !== height;
    this.element.style.height = height;
    // Scroller reads this one.
    this.element.style.maxHeight = height;
    return isOther;
  }
}
