// Files into the register as a person brings them: rows that are wrong and mended, a spreadsheet whose
// columns have other names, by keyboard, dropped on the page, and without script.

import AxeBuilder from '@axe-core/playwright';

import { signIn } from '../lib/person.js';
import { test, expect } from '../lib/site.js';
import { workbook } from '../lib/xlsx.js';

/** A word that no other run of a test has used. */
const news = () => Date.now().toString(36) + Math.floor(Math.random() * 1e6).toString(36);

async function checkLooks(page) {
  const { violations } = await new AxeBuilder({ page }).analyze();
  expect(violations.map(({ id, nodes }) => `${id}: ${nodes[0].html}`)).toEqual([]);
  const overhang = () => document.documentElement.scrollWidth - document.documentElement.clientWidth;
  expect(await page.evaluate(overhang), 'pixels beside the page').toBe(0);
}

/** Goes on by the tab key until something has the focus. */
async function tabTo(page, locator) {
  for (let presses = 0; presses < 60; presses += 1) {
    if (await locator.evaluate((element) => element === document.activeElement)) return;
    await page.keyboard.press('Tab');
  }
  throw new Error(`the tab key does not lead to ${locator}`);
}

test('rows with two mistakes are pasted, told, mended and sent for review', async ({ browser, baseURL, page }) => {
  await signIn(page, 'ada');
  const like = (await (await page.request.get('/api/servers/?limit=1')).json()).results[0];
  const word = news();
  const number = () => Math.floor(Math.random() * 254) + 1;
  const row = (name, ip, state) =>
    [name, ip, like.component.name, like.dc.name, like.environment.name, like.group.name, state].join(',');
  const ip = `172.${16 + (number() % 16)}.${number()}.${number()}`;
  const rows = [
    'name,ip,component,dc,environment,group,state',
    row(`a-${word}`, ip, 'active'),
    row(`b-${word}`, 'nonsense', 'active'),
    row(`c-${word}`, ip.replace(/\d+$/, '255'), 'broken'),
  ];
  await page.goto('/servers/');
  await page.getByRole('link', { name: 'Import' }).click();
  await page.getByLabel('Or its rows').fill(rows.join('\n'));
  await page.getByRole('button', { name: 'Show what it would do' }).click();
  const wrong = page.getByRole('region', { name: 'What is wrong' }).locator('tbody tr');
  await expect(wrong).toHaveCount(2);
  await expect(wrong.nth(0)).toContainText(/line 3\s*IP address\s*Enter a valid IPv4 or IPv6 address/);
  await expect(wrong.nth(1)).toContainText(/line 4\s*State\s*"broken" is not a valid choice/);
  await checkLooks(page);
  const coming = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Wrong rows as a file' }).click();
  expect((await coming).suggestedFilename()).toBe('servers-wrong.csv');

  await page.getByRole('button', { name: 'Edit the rows' }).click();
  const text = page.getByLabel('Or its rows');
  await expect(text).toHaveValue(rows.join('\n'));
  await text.fill(rows.slice(0, 2).join('\n'));
  await page.getByRole('button', { name: 'Show what it would do' }).click();
  await expect(page.locator('ul.tally')).toContainText('1 to add');
  await expect(page.locator('ul.tally')).toContainText('0 wrong');
  await page.getByLabel('Reason').fill('a test of the import');
  await page.getByRole('button', { name: 'Send for review' }).click();
  await expect(page).toHaveURL(/\/-\/change-requests\/\d+\/$/);

  const other = await (await browser.newContext({ baseURL })).newPage();
  await signIn(other, 'brian', new URL(page.url()).pathname);
  await other.getByRole('button', { name: 'Approve' }).click();
  await expect(other.locator('header.title')).toContainText('approved');
  await other.goto(`/servers/?search=a-${word}`);
  await other.getByRole('link', { name: `a-${word}`, exact: true }).click();
  await expect(other.getByText(ip, { exact: true })).toBeVisible();
});

test('a workbook with columns of other names is mapped and imported by keyboard', async ({ page }) => {
  await signIn(page, 'ada');
  const word = news();
  const rows = [
    ['What it is called', 'Description', 'Cost centre'],
    [`=${word}`, 'begins like a formula', '4711'],
    [`x-${word}`, 'a & b < c', '4712'],
  ];
  await page.goto('/tags/import/');
  // What scripts do with the page is done: a key goes where it is meant to.
  await page.waitForLoadState('networkidle');
  const file = page.getByLabel('File');
  await tabTo(page, file);
  // The dialog that the space bar opens here is the browser's own, and has no page.
  await file.setInputFiles({
    name: 'tags.xlsx',
    mimeType: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
    buffer: workbook({ Fleet: rows }),
  });
  await tabTo(page, page.getByRole('button', { name: 'Show what it would do' }));
  await page.keyboard.press('Enter');

  const name = page.getByLabel('What it is called');
  await expect(name).toHaveValue('');
  await expect(page.getByLabel('Description')).toHaveValue('description');
  await expect(page.getByLabel('Cost centre')).toHaveValue('');
  await expect(page.getByRole('heading', { level: 1 })).toBeFocused();
  await checkLooks(page);
  await tabTo(page, name);
  await page.keyboard.type('Na');
  await expect(name).toHaveValue('name');
  await tabTo(page, page.getByRole('button', { name: 'Show what it would do' }));
  await page.keyboard.press('Enter');

  await expect(page.locator('ul.tally')).toContainText('2 to add');
  await expect(page.getByRole('region', { name: 'What is added' })).toContainText('a & b < c');
  await tabTo(page, page.getByRole('button', { name: 'Import', exact: true }));
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(/\/-\/history\/\?commit=\d+$/);
  await expect(page.getByRole('main')).toContainText(`=${word}`);
  await expect(page.getByRole('main')).toContainText('import of tags.xlsx');
});

test('of a workbook with several sheets, the one that is chosen is imported', async ({ page }) => {
  await signIn(page, 'ada');
  const word = news();
  await page.goto('/tags/import/');
  // What scripts do with the page is done: a key goes where it is meant to.
  await page.waitForLoadState('networkidle');
  await page.getByLabel('File').setInputFiles({
    name: 'all.xlsx',
    mimeType: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
    buffer: workbook({
      Notes: [['name', 'Written by'], [`wrong-${word}`, 'somebody']],
      'Tags & more': [['name', 'description'], [`s-${word}`, 'from the second'], [`t-${word}`, 'from it, too']],
    }),
  });
  await page.getByLabel('Make the records that rows refer to').check();
  await page.getByRole('button', { name: 'Show what it would do' }).click();

  // The first is read unless another is chosen.
  const sheet = page.getByLabel('Sheet');
  await expect(sheet.locator('option')).toHaveText(['Notes', 'Tags & more']);
  await expect(sheet).toHaveValue('Notes');
  await expect(page.getByText('1 row in the file')).toBeVisible();
  await expect(page.getByLabel('Written by')).toHaveValue('');
  await checkLooks(page);
  await sheet.selectOption('Tags & more');
  await page.getByRole('button', { name: 'Read this sheet' }).click();
  await expect(page.getByText('2 rows in the file')).toBeVisible();
  await expect(sheet).toHaveValue('Tags & more');
  await expect(page.getByLabel('description')).toHaveValue('description');
  await expect(page.getByRole('cell', { name: `s-${word}` })).toBeVisible();
  // What was said before the sheet was chosen still holds.
  await expect(page.getByLabel('Make the records that rows refer to')).toBeChecked();
  await page.getByRole('button', { name: 'Show what it would do' }).click();
  await expect(page.locator('ul.tally')).toContainText('2 to add');
  await expect(page.getByRole('region', { name: 'What is added' })).not.toContainText(`wrong-${word}`);
  await page.getByRole('button', { name: 'Import', exact: true }).click();
  await expect(page).toHaveURL(/\/-\/history\/\?commit=\d+$/);
  const added = await (await page.request.get(`/api/tags/?search=${word}&ordering=name`)).json();
  expect(added.results.map(({ name }) => name)).toEqual([`s-${word}`, `t-${word}`]);
});

test('a file is dropped on the page, and a bar shows that it is on its way', async ({ page }) => {
  await signIn(page, 'ada');
  await page.goto('/tags/import/');
  // What scripts do with the page is done: a key goes where it is meant to.
  await page.waitForLoadState('networkidle');
  const files = await page.evaluateHandle((name) => {
    const transfer = new DataTransfer();
    transfer.items.add(new File([`name\n${name}\n`], 'dropped.csv', { type: 'text/csv' }));
    return transfer;
  }, `d-${news()}`);
  await page.locator('form[data-import]').dispatchEvent('drop', { dataTransfer: files });
  expect(await page.getByLabel('File').evaluate((input) => input.files[0].name)).toBe('dropped.csv');
  let goOn;
  const held = new Promise((resolve) => {
    goOn = resolve;
  });
  await page.route('**/tags/import/', async (route) => {
    await held;
    await route.continue();
  });
  await page.getByRole('button', { name: 'Show what it would do' }).click();
  await expect(page.getByRole('progressbar', { name: 'Sending the file' })).toBeVisible();
  await expect(page.getByRole('button', { name: 'Show what it would do' })).toBeHidden();
  goOn();
  await expect(page.locator('ul.tally')).toContainText('1 to add');
  await expect(page.getByRole('progressbar')).toHaveCount(0);
});

test('what the server does not answer is told, and nothing is lost', async ({ page, complaints }) => {
  await signIn(page, 'ada');
  await page.goto('/tags/import/');
  // What scripts do with the page is done: a key goes where it is meant to.
  await page.waitForLoadState('networkidle');
  const text = page.getByLabel('Or its rows');
  await text.fill('name\nkept');
  await page.route('**/tags/import/', (route) => route.abort());
  await page.getByRole('button', { name: 'Show what it would do' }).click();
  await expect(page.getByRole('alert')).toContainText('The connection broke off');
  await expect(text).toHaveValue('name\nkept');
  await expect(page.getByRole('button', { name: 'Show what it would do' })).toBeEnabled();
  expect(complaints.every((complaint) => complaint.includes('ERR_FAILED'))).toBe(true);
  complaints.length = 0;
});

test.describe('without script', () => {
  test.use({ javaScriptEnabled: false });

  test('columns are mapped and rows imported by plain forms', async ({ page }) => {
    await page.goto('/login/?next=/tags/import/');
    await page.getByLabel('User').fill('ada');
    await page.getByLabel('Password').fill('password of ada');
    await page.getByRole('button', { name: 'Sign in' }).click();
    const word = news();
    await page.getByLabel('Or its rows').fill(`Label\np-${word}`);
    await page.getByRole('button', { name: 'Show what it would do' }).click();
    await page.getByLabel('Label', { exact: true }).selectOption('name');
    await page.getByRole('button', { name: 'Show what it would do' }).click();
    await expect(page.locator('ul.tally')).toContainText('1 to add');
    await page.getByRole('button', { name: 'Import', exact: true }).click();
    await expect(page).toHaveURL(/\/-\/history\/\?commit=\d+$/);
    await expect(page.getByRole('main')).toContainText(`p-${word}`);
  });
});

test('the table gives all that match as a workbook', async ({ page }) => {
  await page.goto('/servers/?state=active');
  await expect(page.locator('#grid tbody tr').first()).toBeVisible();
  await page.getByText('Export', { exact: true }).click();
  const coming = page.waitForEvent('download');
  await page.getByRole('link', { name: 'XLSX, all that match' }).click();
  const download = await coming;
  expect(download.suggestedFilename()).toBe('servers.xlsx');
  expect(await download.failure()).toBeNull();
});
