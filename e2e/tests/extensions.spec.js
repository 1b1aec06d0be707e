// Pages with extensions that search on the server: ColumnControl and SearchBuilder.

import { Grid } from '../lib/grid.js';
import { servers } from '../lib/register.js';
import { test, expect } from '../lib/site.js';

const ordering = 'dc__name,name';

async function open({ page, request, site }, values) {
  const all = await servers(request, { ordering });
  const grid = new Grid(page);
  await site.open('extensions.html', values);
  await grid.shows(all, { of: all.length });
  const finds = async (query) => {
    const found = await servers(request, { ordering, ...query });
    expect(found.length).toBeGreaterThan(0);
    expect(found.length).toBeLessThan(all.length);
    await grid.shows(found, { of: all.length });
  };
  return { all, grid, finds };
}

test('ColumnControl searches as its boxes say', async ({ page, request, site }) => {
  const { all, grid, finds } = await open({ page, request, site }, {
    extension: 'datatables.net-columncontrol/js/dataTables.columnControl.min.js',
    options: `columnControl: [{target: 0, content: ['order']}, {target: 1, content: ['search']}],`,
  });
  const box = (column) => page.locator('.dtcc-search').nth(column);
  await box(0).locator('input').pressSequentially('web');
  await finds({ name__icontains: 'web' });
  await box(0).locator('select').selectOption('notContains');
  await finds({ 'name__icontains!': 'web' });
  await box(3).locator('select').selectOption('equal');
  await box(3).locator('input').pressSequentially('active');
  await finds({ 'name__icontains!': 'web', state: 'active' });
  await box(4).locator('select').selectOption('ends');
  await box(4).locator('input').pressSequentially('13');
  await finds({ 'name__icontains!': 'web', state: 'active', tags__name__iendswith: '13' });
  for (const column of [0, 3, 4]) {
    await box(column).locator('input').clear();
  }
  await grid.shows(all, { of: all.length });
});

test('ColumnControl finds what is chosen from its list', async ({ page, request, site }) => {
  const { finds } = await open({ page, request, site }, {
    extension: 'datatables.net-columncontrol/js/dataTables.columnControl.min.js',
    options: `columnDefs: [{targets: 3, columnControl: [{target: 1, content: [
      {extend: 'searchList', options: ['active', 'planned', 'failed']}]}]}],`,
  });
  await page.locator('.dtcc-list-buttons button', { hasText: 'planned' }).click();
  await finds({ state: 'planned' });
  await page.locator('.dtcc-list-buttons button', { hasText: 'failed' }).click();
  await finds({ state__in: 'planned,failed' });
});

test('SearchBuilder joins conditions', async ({ page, request, site }) => {
  const { all, grid, finds } = await open({ page, request, site }, {
    extension: 'datatables.net-searchbuilder/js/dataTables.searchBuilder.min.js',
    options: `layout: {top1: 'searchBuilder'},`,
  });
  const add = async (title, condition, value) => {
    await page.locator('.dtsb-add').last().click();
    const criterion = page.locator('.dtsb-criteria').last();
    await criterion.locator('select.dtsb-data').selectOption({ label: title });
    await criterion.locator('select.dtsb-condition').selectOption({ label: condition });
    if (value) {
      await criterion.locator('input.dtsb-value').pressSequentially(value);
    }
  };
  await add('Name', 'Starts With', 'web');
  await finds({ name__istartswith: 'web' });
  await add('State', 'Not', 'active');
  await finds({ name__istartswith: 'web', 'state!': 'active' });
  await page.locator('.dtsb-logic').click();
  const either = all.filter(({ name, state }) => name.startsWith('web') || state !== 'active');
  await grid.shows(either, { of: all.length });
  await page.locator('.dtsb-clearAll').click();
  await grid.shows(all, { of: all.length });
});
