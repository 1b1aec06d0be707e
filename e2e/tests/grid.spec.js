// "An unchanged DataTables page with `serverSide: true` works": each version of the client with
// each way that it can ask. What it shows is compared with what the REST API says.

import { Grid } from '../lib/grid.js';
import { cells, servers } from '../lib/register.js';
import { test, expect } from '../lib/site.js';

const ADDRESS = '/api/servers/?format=datatables';
const CLIENTS = [
  { name: 'DataTables 3', page: 'plain.html', submitsJson: true },
  {
    name: 'DataTables 2 with jQuery',
    page: 'jquery.html',
    client: 'datatables-2/js/dataTables.min.js',
    submitsJson: true,
  },
  {
    name: 'DataTables 1.13 with jQuery',
    page: 'jquery.html',
    client: 'datatables-1/js/jquery.dataTables.min.js',
  },
];
const WAYS = [
  { name: 'by GET', ajax: ADDRESS },
  // What Django's pages send along.
  {
    name: 'by a form',
    ajax: { url: ADDRESS, type: 'POST', headers: { 'X-CSRFToken': 'x' } },
  },
];
const JSON_WAYS = [
  { name: 'by JSON', ajax: { url: ADDRESS, type: 'POST', submitAs: 'json' } },
  { name: 'by JSON in the address', ajax: { url: ADDRESS, submitAs: 'json' } },
];

for (const { page, client, submitsJson, name } of CLIENTS) {
  for (const { ajax, name: way } of WAYS) {
    test.describe(`${name} ${way}`, () => works(page, { client, ajax: JSON.stringify(ajax) }));
  }
  for (const { ajax, name: way } of submitsJson ? JSON_WAYS : []) {
    test.describe(`${name} ${way}`, () => asksAll(page, { client, ajax: JSON.stringify(ajax) }));
  }
}

let grid;
let all;

function opens(name, values) {
  test.beforeEach(async ({ page, request, site }) => {
    all = await servers(request, { ordering: 'dc__name,name' });
    grid = new Grid(page);
    await site.open(name, values);
    await grid.shows(all, { of: all.length });
  });
}

/** One request with everything, since only its form differs. */
function asksAll(name, values) {
  opens(name, values);

  test('orders, searches and turns pages', async ({ page, request }) => {
    await page.evaluate(() => {
      table.order([[3, 'desc'], [1, 'asc']]);
      table.search('1');
      table.column(4).search('debian');
      table.page.len(10).draw();
    });
    const query = { ordering: '-state,ip', tags__name__icontains: 'debian' };
    const found = (await servers(request, query)).filter((server) =>
      cells(server).some((text) => text.includes('1')),
    );
    await grid.shows(found, { of: all.length, length: 10 });
    await grid.turnTo('next');
    await grid.shows(found, { of: all.length, from: 10, length: 10 });
  });
}

function works(name, values) {
  opens(name, values);

  test('orders by each header, in both directions', async ({ request }) => {
    for (const [column, field] of ['name', 'ip', 'dc__name', 'state'].entries()) {
      for (const ordering of [field, `-${field}`]) {
        await grid.header(column).click();
        await grid.shows(await servers(request, { ordering }), { of: all.length });
      }
    }
  });

  test('orders by several headers', async ({ request }) => {
    await grid.header(3).click();
    await grid.header(2).click({ modifiers: ['Shift'] });
    await grid.header(1).click({ modifiers: ['Shift'] });
    await grid.header(1).click({ modifiers: ['Shift'] });
    const ordered = await servers(request, { ordering: 'state,dc__name,-ip' });
    await grid.shows(ordered, { of: all.length });
  });

  test('turns pages, and stays on them', async ({ page }) => {
    await grid.turnTo('next');
    await grid.shows(all, { of: all.length, from: 25 });
    // A page that reads again now and then stays where it is.
    await page.evaluate(() => new Promise((done) => table.ajax.reload(() => done(), false)));
    await grid.shows(all, { of: all.length, from: 25 });
    await grid.turnTo('last');
    const last = all.length - 1 - ((all.length - 1) % 25);
    await grid.shows(all, { of: all.length, from: last });
    await grid.turnTo('previous');
    await grid.shows(all, { of: all.length, from: last - 25 });
    await grid.turnTo('first');
    await grid.shows(all, { of: all.length });
  });

  test('shows as many rows as are asked for, and all', async () => {
    await grid.turnTo('next');
    for (const length of [10, 50, -1, 25]) {
      // The client keeps the row that came first on the page where it can.
      await grid.lengthMenu.selectOption(String(length));
      const from = { 10: 20, 50: 0, '-1': 0, 25: 0 }[length];
      await grid.shows(all, { of: all.length, from, length });
    }
  });

  test('searches all columns for what is typed', async () => {
    const holds = (text) => (server) =>
      [server.name, server.ip, server.dc.name, server.state, ...server.tags.map((tag) => tag.name)]
        .some((value) => value.toLowerCase().includes(text));
    for (const text of ['WEB', all[0].ip.slice(0, -1), all[0].dc.name, 'active', 'nvme']) {
      const found = all.filter(holds(text.toLowerCase()));
      expect(found.length, text).toBeGreaterThan(0);
      await grid.searchBox.clear();
      await grid.searchBox.pressSequentially(text);
      await grid.shows(found, { of: all.length });
    }
    await grid.searchBox.fill('no server is called so');
    await grid.shows([], { of: all.length });
    await grid.searchBox.fill('');
    await grid.shows(all, { of: all.length });
  });

  test('searches single columns, which must all match', async ({ request }) => {
    const ordering = 'dc__name,name';
    const dc = all[0].dc.name;
    await grid.columnBox('Data centre').pressSequentially(dc);
    let query = { ordering, dc__name__icontains: dc };
    await grid.shows(await servers(request, query), { of: all.length });
    await grid.columnBox('Tags').pressSequentially('debian');
    query = { ...query, tags__name__icontains: 'debian' };
    const found = await servers(request, query);
    expect(found.length).toBeGreaterThan(0);
    await grid.shows(found, { of: all.length });
    await grid.columnBox('Name').pressSequentially('1');
    query = { ...query, name__icontains: '1' };
    await grid.shows(await servers(request, query), { of: all.length });
  });

  test('searches by regular expressions, also while they are typed', async ({ page, request }) => {
    const search = (text) =>
      page.evaluate((text) => void table.search(text, true, false).draw(), text);
    const ordering = 'dc__name,name';
    await page.evaluate(() => void table.column(0).search('^(db|web).*[13]$', true, false).draw());
    const expected = await servers(request, { ordering, name__iregex: '^(db|web).*[13]$' });
    expect(expected.length).toBeGreaterThan(0);
    await grid.shows(expected, { of: all.length });
    await page.evaluate(() => void table.column(0).search('').draw());
    await grid.shows(all, { of: all.length });
    await search('^pl');
    const planned = all.filter((server) =>
      [server.name, server.dc.name, server.state, ...server.tags.map((tag) => tag.name)].some(
        (value) => /^pl/i.test(value),
      ),
    );
    await grid.shows(planned, { of: all.length });
    await search('^pl(');
    await grid.shows(all, { of: all.length });
  });
}
