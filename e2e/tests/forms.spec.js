// Forms and reviews as people use them: ask somebody in particular, decide by keys, be overtaken, add
// what one refers to on the way, change forty servers at once.

import AxeBuilder from '@axe-core/playwright';

import { signIn } from '../lib/person.js';
import { test, expect } from '../lib/site.js';

// Two people, and axe on every new state: more than one page's worth of time.
test.describe.configure({ timeout: 180_000 });

async function desk(browser, baseURL, name, options = {}) {
  const context = await browser.newContext({ baseURL, ...options });
  const page = await context.newPage();
  await signIn(page, name);
  return page;
}

/** A server of a test's own, so that tests don't meet. */
async function anyServer(page, place) {
  const answer = await page.request.get(`/api/servers/?limit=1&offset=${place}`);
  return (await answer.json()).results[0];
}

/** Writes by the API as whoever is signed in. */
async function write(page, method, path, data) {
  const me = await (await page.request.get('/api/-/me/')).json();
  const headers = { 'X-CSRF-Token': me.csrf_token };
  const answer = await page.request.fetch(path, { method, data, headers });
  expect(answer.ok(), `${path}: ${await answer.text()}`).toBe(true);
}

/** Checks that axe finds nothing, in either theme. */
async function check(page) {
  for (const colorScheme of ['light', 'dark']) {
    await page.emulateMedia({ colorScheme });
    // Colours fade from one to the other; half-way they are nobody's.
    await page.evaluate(() => Promise.allSettled(document.getAnimations().map(({ finished }) => finished)));
    const { violations } = await new AxeBuilder({ page }).analyze();
    const told = violations.map(({ id, nodes }) => `${id}: ${nodes[0].html}`);
    expect(told, `${page.url()} ${colorScheme}`).toEqual([]);
  }
  const overhang = () =>
    document.documentElement.scrollWidth - document.documentElement.clientWidth;
  for (const width of [390, 1440]) {
    await page.setViewportSize({ width, height: 900 });
    expect(await page.evaluate(overhang), `pixels beside ${page.url()}`).toBe(0);
  }
}

test('a change is asked of somebody, decided by keys, told and taken back', async ({ browser, baseURL }, testInfo) => {
  const ada = await desk(browser, baseURL, 'ada');
  const server = await anyServer(ada, 100);
  const told = `asked by ${testInfo.project.name}`;
  await ada.goto(`/servers/${server.id}/edit/`);
  await ada.getByLabel('Description').fill(told);
  await ada.getByLabel('Reason').fill('rack 7');
  await ada.getByText('Ask somebody in particular').click();
  await ada.getByRole('checkbox', { name: 'brian' }).check();
  await expect(ada.getByRole('checkbox', { name: 'ada' })).toHaveCount(0);
  await check(ada);
  await ada.getByRole('button', { name: 'Send for review' }).click();
  await expect(ada.getByText('brian asked to decide')).toBeVisible();
  const request = new URL(ada.url()).pathname;

  const brian = await desk(browser, baseURL, 'brian');
  await brian.getByRole('link', { name: /Reviews/ }).click();
  await check(brian);
  const link = brian.locator(`a[href="${request}"]`);
  await expect(link).toBeVisible();
  for (let moves = 0; moves < 50 && !(await link.evaluate((one) => one === document.activeElement)); moves += 1) {
    await brian.keyboard.press('j');
  }
  await brian.keyboard.press('Enter');
  await expect(brian).toHaveURL(new RegExp(`${request}$`));
  await check(brian);
  // A rejection needs a reason; then something else is decided.
  await brian.keyboard.press('r');
  await expect(brian.getByLabel('Comment')).toBeFocused();
  await expect(brian.locator('header.title')).toContainText('pending');
  await brian.getByLabel('Comment').blur();
  await brian.keyboard.press('a');
  await expect(brian.locator('header.title')).toContainText('approved');

  await ada.goto(`/servers/${server.id}/`);
  await expect(ada.locator('ol.timeline li').first()).toContainText('approved by brian');
  await ada.getByRole('link', { name: 'Compare revisions' }).click();
  await ada.getByRole('button', { name: /Make it as at revision/ }).click();
  await expect(ada).toHaveURL(/\/-\/change-requests\/\d+\/$/);
  await expect(ada.locator('table.comparison')).toContainText(told);
  const back = new URL(ada.url()).pathname;
  await brian.goto(back);
  await brian.keyboard.press('a');
  await expect(brian.locator('header.title')).toContainText('approved');
  await ada.goto(`/servers/${server.id}/`);
  await expect(ada.locator('dl.fields')).not.toContainText(told);
});

test('a rejection is begun by its key and sent from the comment', async ({ browser, baseURL }) => {
  const ada = await desk(browser, baseURL, 'ada');
  const server = await anyServer(ada, 105);
  await write(ada, 'PATCH', `/api/servers/${server.id}/`, { description: 'to be rejected' });
  const queue = await (await ada.request.get(`/api/-/change-requests/?type=server&record=${server.id}&state=open`)).json();
  const brian = await desk(browser, baseURL, 'brian');
  await brian.goto(`/-/change-requests/${queue.results[0].number}/`);
  await brian.keyboard.press('r');
  await brian.keyboard.type('not now');
  await brian.keyboard.press('Control+Enter');
  await expect(brian.locator('header.title')).toContainText('rejected');
  await expect(brian.locator('ol.timeline')).toContainText('not now');
});

test('what goes past the review is marked, and says why', async ({ browser, baseURL }) => {
  const ada = await desk(browser, baseURL, 'ada');
  const server = await anyServer(ada, 110);
  await ada.goto(`/servers/${server.id}/edit/`);
  await expect(ada.getByRole('button', { name: 'Send for review' })).toBeVisible();
  await ada.getByLabel(/at once, past the review/).check();
  await expect(ada.getByText('This is applied at once.')).toBeVisible();
  await expect(ada.getByText('Ask somebody in particular')).toBeHidden();
  await check(ada);
  await ada.getByLabel('Description').fill('on fire');
  await ada.getByRole('button', { name: 'Save' }).click();
  await expect(ada.getByText('Say why this goes past the review.')).toBeVisible();
  await expect(ada.getByLabel('Description')).toHaveValue('on fire');
  await ada.getByLabel('Reason').fill('the rack burns');
  await ada.getByRole('button', { name: 'Save' }).click();
  await expect(ada.locator('ol.timeline li').first()).toContainText('past the review');
});

test('somebody who was overtaken sees both and loses nothing', async ({ browser, baseURL }) => {
  for (const javaScriptEnabled of [true, false]) {
    const ada = await desk(browser, baseURL, 'ada', { javaScriptEnabled });
    const server = await anyServer(ada, javaScriptEnabled ? 115 : 116);
    await ada.goto(`/servers/${server.id}/edit/`);
    await ada.getByLabel('Description').fill('from ada');
    const brian = await desk(browser, baseURL, 'brian');
    // Not what other tests look at meanwhile: names, addresses, places, states and tags.
    const data = { description: 'from brian', type: null };
    await write(brian, 'PATCH', `/api/servers/${server.id}/?bypass=1&reason=test`, data);
    await ada.getByRole('button', { name: 'Send for review' }).click();
    await expect(ada.getByRole('heading', { name: 'Somebody else changed this meanwhile' })).toBeVisible();
    const rows = ada.locator('table.comparison');
    await expect(rows.getByRole('row', { name: /Description/ })).toContainText('from brian');
    await expect(rows.getByRole('row', { name: /Description/ })).toContainText('from ada');
    await expect(rows.getByRole('row', { name: /Type/ })).toContainText('taken over');
    await expect(ada.locator('[name="type"]')).toHaveValue('');
    if (javaScriptEnabled) await check(ada);
    await ada.getByLabel('What stands below').check();
    await ada.getByLabel('Description', { exact: true }).fill('from both');
    await ada.getByRole('button', { name: 'Send for review' }).click();
    await expect(ada).toHaveURL(/\/-\/change-requests\/\d+\/$/);
    await expect(ada.locator('table.comparison')).toContainText('from both');
    await expect(ada.locator('table.comparison')).not.toContainText('Type');
    await ada.getByRole('button', { name: 'Withdraw' }).click();
  }
});

test('what a record refers to is added on the way', async ({ browser, baseURL }, testInfo) => {
  const name = `way-${testInfo.project.name}`;
  const ada = await desk(browser, baseURL, 'ada');
  await ada.goto('/servers/add/');
  await ada.getByLabel('Name').fill('typed before');
  const tags = ada.getByRole('combobox', { name: 'Tags' });
  await tags.fill(name);
  // What is typed and not there stands below what is found; the button is for the mouse.
  await ada.getByRole('option', { name: `Add a new tag: ${name}` }).click();
  const dialog = ada.getByRole('dialog');
  await expect(dialog.getByLabel('Name')).toHaveValue(name);
  await dialog.getByLabel('Description').fill('made on the way');
  await check(ada);
  await dialog.getByRole('button', { name: 'Save' }).click();
  await expect(dialog).toHaveCount(0);
  await expect(ada.locator('.combo .chip', { hasText: name })).toBeVisible();
  await expect(ada.getByLabel('Name')).toHaveValue('typed before');
  // What is wrong is said in the dialog.
  await tags.fill(name);
  await expect(ada.getByRole('option', { name: /Nothing found/ }).or(ada.getByRole('option', { name })).first()).toBeVisible();
  await tags.press('Escape');
  await ada.getByRole('button', { name: 'Add a new tag' }).click();
  await dialog.getByRole('button', { name: 'Save' }).click();
  await expect(dialog.locator('.error').first()).not.toBeEmpty();
  await dialog.getByRole('button', { name: 'Close' }).click();
  await expect(tags).toHaveValue(name);
  // A record that must be reviewed first can't be chosen yet.
  await ada.getByRole('button', { name: 'Add a new tag' }).click();
  await dialog.getByLabel('Name').fill(`${name}-later`);
  await dialog.getByLabel('Somebody else reviews it first').check();
  await dialog.getByRole('button', { name: 'Send for review' }).click();
  await expect(dialog).toContainText('Somebody else must agree to it first');
  await dialog.getByRole('button', { name: 'Close' }).click();
  await expect(ada.locator('.combo .chip', { hasText: 'later' })).toHaveCount(0);
  await expect(ada.getByLabel('Name')).toHaveValue('typed before');
});

test('what many records shall refer to is added on the way', async ({ browser, baseURL }, testInfo) => {
  const name = `many-${testInfo.project.name}`;
  const ada = await desk(browser, baseURL, 'ada');
  await ada.goto('/servers/?state=active&ordering=-name');
  await expect(ada.locator('#grid.ready')).toBeVisible();
  for (const place of [0, 1]) await ada.locator('#grid tbody tr').nth(place).getByRole('checkbox').check();
  await ada.getByRole('region', { name: 'Selected' }).getByRole('button', { name: 'Edit' }).click();
  await expect(ada.getByRole('heading', { level: 1 })).toHaveText('Change 2 servers');
  const set = ada.getByLabel('Set tags');
  await expect(set).not.toBeChecked();
  const tags = ada.getByRole('combobox', { name: 'Tags' });
  await tags.fill(name);
  await ada.getByRole('option', { name: `Add a new tag: ${name}` }).click();
  const dialog = ada.getByRole('dialog');
  await expect(dialog.getByLabel('Name')).toHaveValue(name);
  await check(ada);
  await dialog.getByRole('button', { name: 'Save' }).click();
  await expect(dialog).toHaveCount(0);
  await expect(ada.locator('.combo .chip', { hasText: name })).toBeVisible();
  // What is filled in is to be set, be it typed or chosen.
  await expect(set).toBeChecked();
  await ada.getByLabel('Description', { exact: true }).fill('both of them');
  await ada.getByLabel('Description', { exact: true }).press('Tab');
  await expect(ada.getByLabel('Set description')).toBeChecked();
  await expect(ada.getByLabel('Set state')).not.toBeChecked();
  await check(ada);
  await ada.getByRole('button', { name: 'Send for review' }).click();
  await expect(ada).toHaveURL(/\/-\/change-requests\/\d+\/$/);
  await expect(ada.locator('table.comparison').first()).toContainText(name);
  await ada.getByRole('button', { name: 'Withdraw' }).click();
});

test('without script, too', async ({ browser, baseURL }, testInfo) => {
  const name = `plain-${testInfo.project.name}`;
  const ada = await desk(browser, baseURL, 'ada', { javaScriptEnabled: false });
  await ada.goto('/servers/add/');
  await ada.getByLabel('Name').fill('typed before');
  await ada.locator('#f-dc').fill(name);
  await ada.locator('button[name="-new"][value="dc"]').click();
  await expect(ada.getByLabel('Name')).toHaveValue(name);
  await ada.getByRole('button', { name: 'Save' }).click();
  await expect(ada.getByText('Added and chosen')).toBeVisible();
  await expect(ada.getByLabel('Name')).toHaveValue('typed before');
  await expect(ada.locator('#f-dc')).toHaveValue(name);
});

test('forty servers are one card, and the day before is a day before', async ({ browser, baseURL }) => {
  const ada = await desk(browser, baseURL, 'ada');
  const ids = (await (await ada.request.get('/api/servers/?limit=40&offset=130&state=active')).json()).results.map(({ id }) => id);
  const me = await (await ada.request.get('/api/-/me/')).json();
  // As the table sends what is selected.
  await ada.goto('/servers/');
  await ada.evaluate(([chosen, csrf]) => {
    const form = document.createElement('form');
    form.method = 'post';
    form.action = '/servers/bulk/';
    for (const [name, value] of Object.entries({ csrf, ids: chosen, expect_count: '40', do: 'edit' })) {
      const input = document.createElement('input');
      input.name = name;
      input.value = value;
      form.append(input);
    }
    document.body.append(form);
    form.submit();
  }, [ids.join(','), me.csrf_token]);
  await expect(ada.getByRole('heading', { level: 1 })).toHaveText('Change 40 servers');
  await ada.getByLabel('Set state').check();
  await ada.getByLabel('State', { exact: true }).selectOption('maintenance');
  await ada.getByText('Ask somebody in particular').click();
  await ada.getByRole('checkbox', { name: 'brian' }).check();
  await check(ada);
  await ada.getByRole('button', { name: 'Send for review' }).click();
  await expect(ada.getByRole('heading', { name: 'Change 40 servers', level: 2 })).toBeVisible();
  await expect(ada.locator('table.comparison')).toHaveCount(1);
  await ada.getByText('40 records').click();
  await expect(ada.locator('ul.names li')).toHaveCount(40);
  await check(ada);
  const request = new URL(ada.url()).pathname;
  const brian = await desk(browser, baseURL, 'brian');
  await brian.goto(request);
  await expect(brian.getByRole('button', { name: 'Approve' })).toBeVisible();
  // Others look at states meanwhile, so they stay.
  await ada.getByRole('button', { name: 'Withdraw' }).click();
  await expect(ada.locator('header.title')).toContainText('withdrawn');

  // The register was empty yesterday, and is full today.
  await ada.goto('/servers/');
  await ada.getByText('Now', { exact: true }).click();
  const yesterday = new Date(Date.now() - 86_400_000).toISOString().slice(0, 10);
  await ada.getByLabel('The register as of').fill(yesterday);
  await ada.getByRole('button', { name: 'Show' }).click();
  await expect(ada).toHaveURL(new RegExp(`as_of=${yesterday}`));
  await expect(ada.locator('.past')).toContainText(`The register as of ${yesterday}`);
  await ada.getByRole('link', { name: 'Back to now' }).click();
  await expect(ada.locator('#grid tbody tr').first()).toBeVisible();
});

test('a conflict is solved beside each other by whoever asked', async ({ browser, baseURL }) => {
  const ada = await desk(browser, baseURL, 'ada');
  const server = await anyServer(ada, 120);
  await write(ada, 'PATCH', `/api/servers/${server.id}/`, { description: 'as ada asked' });
  const brian = await desk(browser, baseURL, 'brian');
  await write(brian, 'PATCH', `/api/servers/${server.id}/?bypass=1&reason=test`, { description: 'as brian left it' });
  const queue = await (await ada.request.get(`/api/-/change-requests/?type=server&record=${server.id}&state=open`)).json();
  await ada.goto(`/-/change-requests/${queue.results[0].number}/`);
  await expect(ada.getByLabel('Description, another value')).toBeHidden();
  await ada.getByRole('radio', { name: 'Another value' }).check();
  await ada.getByLabel('Description, another value').fill('as both want it');
  await check(ada);
  await ada.getByRole('button', { name: 'Solve the conflicts so' }).click();
  await expect(ada.locator('table.comparison')).toContainText('as both want it');
  await expect(ada.locator('tr.conflict')).toHaveCount(0);
  await ada.getByRole('button', { name: 'Withdraw' }).click();
});
