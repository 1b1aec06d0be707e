// The table as a person works with it: find, filter, arrange, share, export, put conditions together,
// keep all that under a name, and do it without a mouse.

import { readFile } from 'node:fs/promises';

import AxeBuilder from '@axe-core/playwright';

import { desk, signIn } from '../lib/person.js';
import { servers } from '../lib/register.js';
import { test, expect } from '../lib/site.js';

/** What a grid shows: titles of its columns, and its first rows, cell by cell. */
async function shown(page) {
  return page.locator('#grid').evaluate((grid) => ({
    titles: [...grid.querySelectorAll('thead tr:first-child th[data-name]')].map((cell) => cell.textContent.trim()),
    rows: [...grid.querySelectorAll('tbody tr')].slice(0, 10).map((row) => [...row.cells].slice(1).map((cell) => cell.textContent)),
  }));
}

async function ready(page) {
  await expect(page.locator('#grid.ready')).toBeVisible();
  await expect(page.locator('#grid tbody tr').first()).toBeVisible();
  await expect(page.locator('#grid:not(.busy)')).toBeVisible();
}

/** Waits until the grid shows so many rows of all. */
async function finds(page, count) {
  await expect(page.locator('#grid .found')).toContainText(new RegExp(`^${count.toLocaleString('en')} of `));
}

/** Presses Tab until something has the focus, as somebody without a mouse does. */
async function tabTo(page, locator) {
  for (let pressed = 0; pressed < 120; pressed += 1) {
    if (await locator.evaluate((element) => element === document.activeElement)) return;
    await page.keyboard.press('Tab');
  }
  throw new Error('Tab never comes there');
}

/** Presses an arrow until a list shows a word. */
async function choose(page, select, label) {
  const chosen = () => select.evaluate((list) => list.selectedOptions[0]?.label ?? '');
  await expect(select).toBeFocused();
  await page.keyboard.press('Home');
  for (let pressed = 0; pressed < 60; pressed += 1) {
    if ((await chosen()) === label) return;
    await page.keyboard.press('ArrowDown');
  }
  throw new Error(`there is no ${label}`);
}

/** Does what leads to another page, and waits until that is there. */
async function leaves(page, action) {
  const answered = page.waitForResponse((answer) => answer.request().isNavigationRequest() && answer.status() < 300);
  await action();
  await answered;
}

/** What axe finds in a part of the page. */
async function violations(page, part) {
  const found = await new AxeBuilder({ page }).include(part).analyze();
  return found.violations.map(({ id, nodes }) => `${id}: ${nodes[0].html}`);
}

async function another(browser, baseURL, name) {
  const context = await browser.newContext({ baseURL });
  const page = await context.newPage();
  if (name) await signIn(page, name);
  return page;
}

test('a server is found by its address', async ({ page, request }) => {
  const [server] = await servers(request, { ordering: '-ip' });
  await page.goto('/servers/?view=all');
  await ready(page);
  await page.getByLabel('Filter by IP address').fill(`=${server.ip}`);
  await finds(page, 1);
  await page.locator('#grid tbody').getByRole('link', { name: server.name, exact: true }).click();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(server.name);
});

test('what is filtered, hidden, moved and ordered is the same behind the link', async ({ page, browser, baseURL, request }) => {
  const all = await servers(request);
  const dc = all[0].dc.name;
  const wanted = all.filter((server) => server.dc.name === dc && server.state === 'active');
  await page.goto('/servers/?view=all');
  await ready(page);
  await page.getByLabel('Filter by State').selectOption('active');
  await page.getByRole('combobox', { name: 'Filter by Data centre' }).fill(dc);
  await page.getByRole('option', { name: dc, exact: true }).click();
  await finds(page, wanted.length);

  const columns = page.locator('#grid details.menu', { hasText: 'Columns' });
  await columns.locator('summary').click();
  await columns.getByLabel('Component', { exact: true }).uncheck();
  await columns.getByRole('button', { name: 'Move State to the front' }).click();
  await page.keyboard.press('Escape');
  await page.locator('#grid thead th[data-name=ip]').click();
  await page.locator('#grid thead th[data-name=ip]').click();
  await expect(page).toHaveURL(/ordering=-ip/);
  await expect(page).toHaveURL(/columns=/);
  await ready(page);
  const here = await shown(page);
  expect(here.titles).not.toContain('Component');
  expect(here.titles.indexOf('State')).toBeLessThan(here.titles.indexOf('Type'));

  const there = await another(browser, baseURL);
  await there.goto(page.url());
  await ready(there);
  await finds(there, wanted.length);
  expect(await shown(there)).toEqual(here);

  const exports = page.locator('#grid details.menu', { hasText: 'Export' });
  await exports.locator('summary').click();
  const downloading = page.waitForEvent('download');
  await exports.getByRole('link', { name: 'CSV, all that match' }).click();
  const lines = (await readFile(await (await downloading).path(), 'utf8')).trim().split(/\r?\n/);
  expect(lines.length - 1).toBe(wanted.length);
  const place = lines[0].split(',').indexOf('name');
  const names = lines.slice(1).map((line) => line.split(',')[place]);
  expect([...names].sort()).toEqual(wanted.map(({ name }) => name).sort());
  expect(names[0]).toBe(here.rows[0][here.titles.indexOf('Name')]);
  expect(lines[0]).not.toContain('component');
});

test('a link leads to the row that one was at', async ({ page }) => {
  await page.goto('/servers/?view=all');
  await ready(page);
  await page.locator('#grid .frame').evaluate((frame) => frame.scrollBy(0, 4000));
  await expect(page).toHaveURL(/top_row=\d{2,}/);
  await ready(page);
  const place = new URL(page.url()).searchParams.get('top_row');
  const address = page.url();
  await page.goto('/');
  await page.goto(address);
  await ready(page);
  await expect(page.locator(`#grid tr[aria-rowindex="${Number(place) + 2}"]`)).toBeInViewport();
});

test('a condition is put together by keyboard alone, and taken away again', async ({ page, request, complaints }) => {
  const all = await servers(request);
  const dc = all[0].dc.name;
  const matching = all.filter((server) => server.dc.name.startsWith(dc.slice(0, 2)));
  await page.goto('/servers/?view=all');
  await ready(page);
  await page.keyboard.press('f');
  const dialog = page.getByRole('dialog', { name: 'Conditions' });
  await expect(dialog).toBeVisible();
  await expect(dialog.getByLabel('Field')).toBeFocused();
  await expect(dialog.getByLabel('Field').locator('option').first()).toHaveText('Name');
  await choose(page, dialog.getByLabel('Field'), 'Data centre › Name');
  await page.keyboard.press('Tab');
  await choose(page, dialog.getByLabel('Comparison'), 'starts with');
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await expect(dialog.getByRole('alert')).toHaveText('Give a value.');
  await expect(dialog.getByLabel('Value')).toBeFocused();
  await page.keyboard.type(dc.slice(0, 2));
  await page.keyboard.press('Enter');
  const told = `Data centre › Name starts with ${dc.slice(0, 2)}`;
  await expect(dialog.getByRole('status')).toHaveText(`Added. ${matching.length.toLocaleString('en')} match now.`);
  await expect(dialog.getByRole('listitem')).toContainText(told);
  expect(await violations(page, 'dialog.builder')).toEqual([]);

  // What the API refuses is said in its words, and changes nothing.
  await choose(page, dialog.getByLabel('Field'), 'IP address');
  await page.keyboard.press('Tab');
  await choose(page, dialog.getByLabel('Comparison'), 'is in network');
  await page.keyboard.press('Tab');
  await page.keyboard.type('10.0.0.1/8');
  await page.keyboard.press('Enter');
  await expect(dialog.getByRole('alert')).toContainText('Did you mean 10.0.0.0/8?');
  // A refusal is a 400, of which browsers complain.
  expect(complaints.every((complaint) => complaint.includes('400'))).toBe(true);
  complaints.length = 0;
  await page.keyboard.press('Escape');
  await expect(dialog).toBeHidden();

  const chips = page.locator('#grid .tools > .chips');
  await expect(chips).toHaveText(`${told}×`);
  await expect(page).toHaveURL(new RegExp(`dc__name__istartswith=${dc.slice(0, 2)}`));
  await tabTo(page, chips.getByRole('button', { name: `Remove ${told}` }));
  await page.keyboard.press('Enter');
  await expect(chips).toBeEmpty();
  await expect(page.locator('#grid .found')).toBeEmpty();
});

test('tags that a server must all have, and words of a choice', async ({ page, request }) => {
  const all = await servers(request);
  const [first, second] = all.find(({ tags }) => tags.length > 1).tags;
  const has = ({ tags }, wanted) => tags.some(({ id }) => id === wanted.id);
  const wanted = all.filter((server) => has(server, first) && has(server, second) && server.state !== 'active');
  await page.goto('/servers/?view=all');
  await ready(page);
  await page.getByRole('button', { name: 'Conditions' }).click();
  const dialog = page.getByRole('dialog', { name: 'Conditions' });
  await dialog.getByLabel('Field').selectOption({ label: 'Tags' });
  await dialog.getByLabel('Comparison').selectOption({ label: 'has all of' });
  for (const { name } of [first, second]) {
    await dialog.getByRole('combobox', { name: 'Values' }).fill(name);
    await dialog.getByRole('option', { name, exact: true }).click();
  }
  await dialog.getByRole('button', { name: 'Add condition' }).click();
  await expect(dialog.getByRole('listitem').first()).toContainText(`Tags has all of ${first.name}, ${second.name}`);
  await dialog.getByLabel('Field').selectOption({ label: 'State' });
  await dialog.getByLabel('Comparison').selectOption({ label: 'is none of' });
  await dialog.getByLabel('Active', { exact: true }).check();
  expect(await violations(page, 'dialog.builder')).toEqual([]);
  await dialog.getByRole('button', { name: 'Add condition' }).click();
  await expect(dialog.getByRole('status')).toHaveText(`Added. ${wanted.length.toLocaleString('en')} match now.`);
  await dialog.getByRole('button', { name: 'Done' }).click();
  await finds(page, wanted.length);
  const asked = (name) => new URL(page.url()).searchParams.get(name);
  await expect.poll(() => asked('tags__all')).toBe(`${first.id},${second.id}`);
  await expect.poll(() => asked('state__in!')).toBe('active');
});

test('a condition above the table is changed in its place, by keyboard and by pointer', async ({ page, request }) => {
  const all = await servers(request);
  const [one, other] = [...new Set(all.map(({ dc }) => dc.name))];
  const tag = all.find(({ tags }) => tags.length > 0).tags[0];
  const count = (start) => all.filter(({ dc, tags }) => dc.name.startsWith(start) && !tags.some(({ id }) => id === tag.id)).length;
  await page.goto(`/servers/?view=all&dc__name__istartswith=${one}&tags__in!=${tag.id}&name__gte=a`);
  await ready(page);
  const chips = page.locator('#grid .tools > .chips');
  const told = (name) => `Data centre › Name starts with ${name}`;
  await expect(chips.locator('.chip').first()).toHaveText(`${told(one)}×`);
  await tabTo(page, chips.getByRole('button', { name: `Change ${told(one)}` }));
  await page.keyboard.press('Enter');
  const dialog = page.getByRole('dialog', { name: 'Change condition' });
  const value = dialog.getByLabel('Value', { exact: true });
  await expect(value).toBeFocused();
  await expect(value).toHaveValue(one);
  await expect(dialog.getByLabel('Field').locator('option:checked')).toHaveText('Data centre › Name');
  await expect(dialog.getByLabel('Comparison').locator('option:checked')).toHaveText('starts with');
  expect(await violations(page, 'dialog.builder')).toEqual([]);

  // Nothing is changed before that is said, and what is wrong changes nothing.
  await value.fill('');
  await page.keyboard.press('Enter');
  await expect(dialog.getByRole('alert')).toHaveText('Give a value.');
  await page.keyboard.press('Escape');
  await expect(dialog).toBeHidden();
  await expect(chips.getByRole('button', { name: `Change ${told(one)}` })).toBeFocused();
  await expect(chips.locator('.chip').first()).toHaveText(`${told(one)}×`);

  await page.keyboard.press('Enter');
  await expect(value).toBeFocused();
  await page.keyboard.press('ControlOrMeta+a');
  await page.keyboard.type(other);
  await page.keyboard.press('Enter');
  await expect(dialog).toBeHidden();
  await finds(page, count(other));
  await expect(chips.locator('.chip').first()).toHaveText(`${told(other)}×`);
  await expect(chips.getByRole('button', { name: `Change ${told(other)}` })).toBeFocused();
  await expect(chips.locator('.chip')).toHaveCount(3);
  // What was written into the address and is not offered here can be taken away alone.
  await expect(chips.getByRole('button', { name: /^Change/ })).toHaveCount(2);
  await expect(chips.getByRole('button', { name: 'Remove name gte = a' })).toBeVisible();
  await expect(page).toHaveURL(new RegExp(`\\?dc__name__istartswith=${other}&tags`));
  expect(await violations(page, '#grid .tools')).toEqual([]);

  // Records that it names are known by their names, and another comparison keeps them.
  await chips.getByRole('button', { name: `Change Tags has none of ${tag.name}` }).click();
  await expect(dialog.locator('.combo .chip')).toHaveText(`${tag.name}×`);
  await dialog.getByLabel('Comparison').selectOption({ label: 'has any of' });
  await dialog.getByRole('button', { name: 'Apply' }).click();
  await expect(chips.locator('.chip').nth(1)).toHaveText(`Tags has any of ${tag.name}×`);
  await expect.poll(() => new URL(page.url()).searchParams.get('tags__in')).toBe(String(tag.id));
});

test('conditions longer than the page is wide are cut short, and can be changed and taken away', async ({ page }) => {
  await page.setViewportSize({ width: 390, height: 800 });
  const long = 'a text that goes on and on, so that a chip of it is wider than a phone';
  const asked = new URLSearchParams({ view: 'all', 'description__istartswith!': long, 'name__endswith!': long });
  await page.goto(`/servers/?${asked}`);
  await ready(page);
  const chips = page.locator('#grid .tools > .chips .chip');
  await expect(chips).toHaveCount(2);
  // Buttons are a little higher than chips.
  for (const chip of await chips.all()) await expect(chip.getByRole('button', { name: /^Remove/ })).toBeInViewport({ ratio: 0.8 });
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(390);
  await chips.getByRole('button', { name: /^Change/ }).first().click();
  await expect(page.getByRole('dialog', { name: 'Change condition' }).getByLabel('Value')).toHaveValue(long);
});

test('what is selected is exported as each of the files that the server makes', async ({ page }) => {
  await page.goto('/servers/?view=all&ordering=name&columns=name,state');
  await ready(page);
  const rows = page.locator('#grid tbody tr');
  const names = await rows.locator('a.key').evaluateAll((links) => links.map((link) => link.textContent));
  for (const place of [1, 3]) await rows.nth(place).getByRole('checkbox').check();
  const bar = page.getByRole('region', { name: 'Selected' });
  await expect(bar.getByRole('status')).toHaveText('2 selected');
  expect(await violations(page, '#grid .chosen')).toEqual([]);
  const taken = async (label) => {
    const downloading = page.waitForEvent('download');
    await bar.getByRole('link', { name: label, exact: true }).click();
    const download = await downloading;
    return { name: download.suggestedFilename(), bytes: await readFile(await download.path()) };
  };
  const wanted = [names[1], names[3]];
  const csv = await taken('CSV');
  expect(csv.name).toBe('servers.csv');
  expect(csv.bytes.toString().trim().split(/\r?\n/).map((line) => line.split(',')[0])).toEqual(['name', ...wanted]);
  const lines = await taken('JSON lines');
  expect(lines.name).toBe('servers.jsonl');
  expect(lines.bytes.toString().trim().split('\n').map((line) => JSON.parse(line).name)).toEqual(wanted);
  const workbook = await taken('XLSX');
  expect(workbook.name).toBe('servers.xlsx');
  expect(workbook.bytes.subarray(0, 4).toString('latin1')).toBe('PK\x03\x04');

  // All that match but one: conditions say it, and no list of ids.
  await bar.getByRole('button', { name: /^Select all/ }).click();
  await rows.nth(1).getByRole('checkbox').uncheck();
  const address = await bar.getByRole('link', { name: 'XLSX', exact: true }).getAttribute('href');
  expect(address).toMatch(/^\/api\/servers\.xlsx\?id__in%21=\d+&/);
});

test('a template is added on its page, and writes what the table shows', async ({ browser, baseURL }, testInfo) => {
  const name = `hosts-${testInfo.project.name}`;
  const page = await desk(browser, { baseURL });
  await signIn(page, 'ada');
  await page.goto('/-/templates/');
  const form = page.locator('form.form');
  await form.getByLabel('Name').fill(name);
  await form.getByRole('checkbox', { name: 'server', exact: true }).check();
  await form.getByLabel('Template').fill('{% for server in records %}\n{{ server.nme }}\n{% endfor');
  await form.getByRole('button', { name: 'Add' }).click();
  await expect(page.locator('#e-text')).not.toBeEmpty();
  expect(await violations(page, 'main')).toEqual([]);
  await form.getByLabel('Template').fill('{% for server in records %}\n{{ server.name }}\n{% endfor %}\n');
  await form.getByRole('button', { name: 'Add' }).click();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(name);
  expect(await violations(page, 'main')).toEqual([]);

  await page.goto('/servers/?view=all&ordering=-name&columns=state&name__startswith=db');
  await ready(page);
  const names = await page.locator('#grid tbody tr a.key').evaluateAll((links) => links.map((link) => link.textContent));
  await page.locator('summary', { hasText: 'Export' }).click();
  const downloading = page.waitForEvent('download');
  await page.getByRole('link', { name: `${name}, all that match` }).click();
  const download = await downloading;
  expect(download.suggestedFilename()).toBe(`servers-${name}.txt`);
  const written = (await readFile(await download.path())).toString().trim().split('\n');
  expect(written.slice(0, names.length)).toEqual(names);

  await page.keyboard.press('Escape');
  await page.locator('#grid tbody tr').nth(1).getByRole('checkbox').check();
  const bar = page.getByRole('region', { name: 'Selected' });
  await bar.locator('summary', { hasText: 'Templates' }).click();
  const address = await bar.getByRole('link', { name, exact: true }).getAttribute('href');
  expect(await (await page.request.get(address)).text()).toBe(`${names[1]}\n`);

  await page.goto(`/-/templates/${name}/`);
  await page.getByRole('button', { name: 'Remove this template' }).click();
  await expect(page).toHaveURL(/\/-\/templates\/$/);
});

test('a view is saved, shared, seen by a colleague, and opens by itself', async ({ page, browser, baseURL, request }) => {
  test.setTimeout(120_000);
  const active = await servers(request, { state: 'active' });
  const name = `Active, by ${Date.now()}`;
  await signIn(page, 'ada');
  await page.goto('/servers/?view=all');
  await ready(page);
  await page.getByLabel('Filter by State').selectOption('active');
  await finds(page, active.length);
  // What was changed just now is saved, be the address behind.
  const columns = page.locator('#grid details.menu', { hasText: 'Columns' });
  await columns.locator('summary').click();
  await columns.getByLabel('Component', { exact: true }).uncheck();
  const menu = page.locator('details.views');
  await menu.locator('summary').click();
  await page.getByLabel('Save what is shown as').fill(name);
  expect(await violations(page, 'details.views')).toEqual([]);
  await leaves(page, () => page.getByRole('button', { name: 'Save view' }).click());
  await expect(page).toHaveURL(/state=active/);
  await expect(page).toHaveURL(/columns=/);
  await ready(page);
  await menu.locator('summary').click();
  await expect(menu.locator('a[aria-current=true]')).toContainText(name);

  await menu.getByRole('link', { name: `Change ${name}` }).click();
  await page.getByLabel('Shared with').selectOption('administrators');
  expect(await violations(page, 'main')).toEqual([]);
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await expect(page.getByRole('row', { name })).toContainText('administrators');

  const brian = await another(browser, baseURL, 'brian');
  await brian.goto('/servers/?view=all');
  await ready(brian);
  const theirs = brian.locator('details.views');
  await theirs.locator('summary').click();
  await expect(theirs).toContainText('by ada, for administrators');
  await theirs.locator('li > a:first-child', { hasText: name }).click();
  await ready(brian);
  await finds(brian, active.length);
  const { titles } = await shown(brian);
  expect(titles).not.toContain('Component');
  await theirs.locator('summary').click();
  await theirs.getByRole('link', { name: `Change ${name}` }).click();
  await brian.getByLabel('My table of servers opens with it').check();
  await brian.getByRole('button', { name: 'Save', exact: true }).click();
  await brian.goto('/');
  await brian.locator('#nav').getByRole('link', { name: 'Servers', exact: true }).click();
  await expect(brian).toHaveURL(/state=active/);
  await finds(brian, active.length);
  expect((await shown(brian)).titles).toEqual(titles);
  // Everything is one step away, and stays so when the page is loaded again.
  await brian.getByRole('button', { name: 'Clear filters' }).click();
  await brian.locator('details.views summary').click();
  await brian.getByRole('link', { name: 'All servers' }).click();
  await ready(brian);
  await expect(brian.locator('#grid .found')).toBeEmpty();

  await page.getByRole('link', { name: `Change ${name}` }).click();
  await page.getByRole('button', { name: 'Delete this view' }).click();
  await expect(page.getByRole('row', { name })).toHaveCount(0);
  await brian.goto('/servers/');
  await ready(brian);
  await expect(brian.locator('#grid .found')).toBeEmpty();
});

test('from the front page to a filtered record and back, without a mouse', async ({ page, request }) => {
  const all = await servers(request, { ordering: 'name' });
  const server = all[Math.floor(all.length / 2)];
  await page.goto('/');
  await tabTo(page, page.locator('#nav').getByRole('link', { name: 'Servers', exact: true }));
  await page.keyboard.press('Enter');
  await ready(page);
  await tabTo(page, page.getByLabel('Filter by IP address'));
  await page.keyboard.type(`=${server.ip}`);
  await finds(page, 1);
  await tabTo(page, page.locator('#grid tbody a.key').first());
  await page.keyboard.press('Enter');
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(server.name);
  await tabTo(page, page.getByRole('navigation', { name: 'Breadcrumb' }).getByRole('link', { name: 'Servers' }));
  await page.keyboard.press('Enter');
  await ready(page);
  await page.keyboard.press('g');
  await page.keyboard.press('h');
  await expect(page).toHaveURL(/\/$/);
  await expect(page.locator('figure.plot').first()).toBeVisible();
});

test.describe('without script', () => {
  test.use({ javaScriptEnabled: false });

  test('a view is saved and opened, and columns are those of the address', async ({ page }) => {
    const name = `Plain ${Date.now()}`;
    await signIn(page, 'ada');
    await page.goto('/servers/?state=active&columns=state,name');
    const heads = page.locator('#grid thead th:visible');
    await expect(heads).toHaveText(['State', 'Name']);
    await page.locator('details.views summary').click();
    await page.getByLabel('Save what is shown as').fill(name);
    await leaves(page, () => page.getByRole('button', { name: 'Save view' }).click());
    await expect(page).toHaveURL(/state=active&columns=state,name/);
    await page.locator('details.views summary').click();
    await page.locator('details.views').getByRole('link', { name: 'All servers' }).click();
    await expect(heads).toHaveCount(10);
    await page.locator('details.views summary').click();
    await page.locator('details.views li > a:first-child', { hasText: name }).click();
    await expect(heads).toHaveText(['State', 'Name']);
    await page.locator('details.views summary').click();
    await page.getByRole('link', { name: `Change ${name}` }).click();
    await page.getByRole('button', { name: 'Delete this view' }).click();
    await expect(page.getByRole('row', { name })).toHaveCount(0);
  });
});
