// Keys within the rows: arrows or j and k move, Page Up and Down by a screen, Home and End to the
// ends, Enter opens, x selects. The row one is at is marked; its link has the focus, so that a
// screen reader says its name.

import { areKeysOn } from '../app/keys';
import { isTyping } from '../shared/dom';
import type { Picking } from './picking';
import type { GridTable } from './table';

export class Keyboard {
  private current = -1;
  /** Whether the focus is to follow the row once it is drawn. */
  private isFollowing = false;

  constructor(
    private readonly table: GridTable,
    private readonly picking: Picking,
  ) {
    document.addEventListener('keydown', (event) => this.onKey(event));
    table.frame.addEventListener('focusin', (event) => {
      const element = event.target instanceof Element ? event.target.closest<HTMLTableRowElement>('tbody tr') : null;
      if (element) this.mark(table.indexOf(element));
    });
  }

  /** Rows were drawn anew: finds the current one again. */
  drawn(): void {
    this.showMark();
    if (this.isFollowing) this.focus();
  }

  /** Other rows: nothing is current. */
  reset(): void {
    this.current = -1;
    this.isFollowing = false;
  }

  private onKey(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || isTyping(event.target)) return;
    if (document.querySelector('dialog[open], .driver-active')) return;
    const isInside = event.target instanceof Node && this.table.frame.contains(event.target);
    // Letters work from anywhere on the page, other keys only within, where they mean nothing else.
    const isLetter = event.key.length === 1 && event.key !== ' ';
    if (isLetter ? !areKeysOn() || !(isInside || document.activeElement === document.body) : !isInside) return;
    const target = this.targetOf(event.key);
    if (target !== null) {
      event.preventDefault();
      this.go(target);
    } else if (this.current >= 0 && event.key === 'x') {
      event.preventDefault();
      void this.picking.toggle(this.table, this.current, event.shiftKey);
    } else if (event.key === 'Enter' && (event.target === this.table.frame || event.target instanceof HTMLTableRowElement)) {
      this.table.rowAt(this.current)?.querySelector<HTMLAnchorElement>('a.key')?.click();
    }
  }

  private targetOf(key: string): number | null {
    const last = this.table.count - 1;
    const screen = Math.max(1, this.table.rowsInView - 1);
    const from = this.current >= 0 ? this.current : (this.table.topRow ?? 0) - 1;
    const bound = (index: number): number => Math.min(last, Math.max(0, index));
    if (last < 0) return null;
    switch (key) {
      case 'j':
      case 'ArrowDown':
        return bound(from + 1);
      case 'k':
      case 'ArrowUp':
        return bound(from - 1);
      case 'PageDown':
        return bound(from + screen);
      case 'PageUp':
        return bound(from - screen);
      case 'Home':
        return 0;
      case 'End':
        return last;
      default:
        return null;
    }
  }

  private go(index: number): void {
    this.mark(index);
    this.isFollowing = true;
    const element = this.table.rowAt(index);
    if (element) {
      this.table.scrolling.reveal(element);
      this.focus();
    } else {
      this.table.scrollTo(Math.max(0, index - Math.floor(this.table.rowsInView / 2)));
    }
  }

  private focus(): void {
    const link = this.table.rowAt(this.current)?.querySelector<HTMLAnchorElement>('a.key');
    if (!link) return;
    link.focus({ preventScroll: true });
    this.isFollowing = document.activeElement === link;
  }

  private mark(index: number): void {
    this.current = index;
    this.showMark();
  }

  private showMark(): void {
    this.table.frame.querySelector('tr.current')?.classList.remove('current');
    if (this.current >= 0) this.table.rowAt(this.current)?.classList.add('current');
  }
}
