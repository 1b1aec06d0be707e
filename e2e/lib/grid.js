// A DataTables grid as a person sees it, whichever version draws it.

import { expect } from '@playwright/test';

import { cells } from './register.js';

export class Grid {
  constructor(page) {
    this.page = page;
    this.searchBox = page.locator('.dt-search input, .dataTables_filter input');
    this.lengthMenu = page.locator('.dt-length select, .dataTables_length select');
    this.info = page.locator('.dt-info, .dataTables_info');
    this.processing = page.locator('.dt-processing, .dataTables_processing');
  }

  header(column) {
    return this.page.locator('#servers thead th').nth(column);
  }

  columnBox(title) {
    return this.page.locator('#servers tfoot').getByPlaceholder(title);
  }

  async turnTo(button) {
    const { page } = this;
    await page.locator(`.dt-paging-button.${button}, .paginate_button.${button}`).click();
  }

  /**
   * Waits until the grid shows this page of `found`, the servers that it must have found in their
   * order, and says how many there are.
   */
  async shows(found, { of: total, from = 0, length = 25 }) {
    const rows = found.slice(from, length === -1 ? undefined : from + length).map(cells);
    const count = (number) => number.toLocaleString('en-US');
    const last = from + rows.length;
    let info = `Showing ${count(rows.length ? from + 1 : 0)} to ${count(last)}`;
    info += ` of ${count(found.length)} entries`;
    if (found.length !== total) {
      info += ` (filtered from ${count(total)} total entries)`;
    }
    await expect(this.info).toHaveText(info);
    if (rows.length === 0) {
      rows.push(['No matching records found']);
    }
    await expect.poll(() => this.rows()).toEqual(rows);
    await expect(this.processing).toBeHidden();
  }

  rows() {
    return this.page
      .locator('#servers tbody tr')
      .evaluateAll((rows) => rows.map((row) => [...row.cells].map((cell) => cell.textContent)));
  }
}
