// Pictures of the pages for the documentation: `cargo xtask screenshots` runs it against a register of
// its own. DOMESDAY names the register, PICTURES the folder.

import { mkdir } from 'node:fs/promises';

import { chromium } from 'playwright-core';

const base = process.env.DOMESDAY;
const folder = process.env.PICTURES;

const PAGES = {
  front: '/',
  table: '/servers/',
  'table-filtered': '/servers/?state=active&ip__net=10.0.0.0/12&ordering=-ip',
  record: '/servers/5/',
  form: '/servers/5/edit/',
  compare: '/servers/5/compare/',
  reviews: '/-/change-requests/?queue=all',
  review: '/-/change-requests/1/',
  history: '/-/history/',
  search: '/-/search/?q=web10',
  past: '/servers/?as_of=1',
  import: '/servers/import/',
  api: '/api/servers/?limit=2',
  audit: '/-/audit/',
  users: '/-/users/',
  group: '/-/groups/viewers/',
  tokens: '/-/tokens/',
  views: '/-/views/',
  templates: '/-/templates/',
  tasks: '/-/tasks/',
  task: '/-/tasks/clean-up/',
  system: '/-/system/',
  configuration: '/-/system/configuration/',
  account: '/account/',
  login: '/login/',
};

async function signIn(page, name) {
  await page.goto(`${base}/login/`);
  await page.getByLabel('User').fill(name);
  await page.getByLabel('Password').fill(`password of ${name}`);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.waitForLoadState('networkidle');
  // The tour of a first visit is in no picture but its own.
  await page.keyboard.press('Escape');
  await page.waitForLoadState('networkidle');
}

/** Something to look at: a request that waits, with tags that come and go. */
async function propose(page) {
  await signIn(page, 'brian');
  await page.goto(`${base}/servers/5/edit/`);
  await page.getByLabel('Description').fill('Moved next to the new switch');
  await page.getByLabel('State').selectOption('maintenance');
  await page.getByLabel('Reason').fill('INFRA-2311');
  await page.getByRole('button', { name: 'Send for review' }).click();
  await page.waitForURL(/change-requests/);
}

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--headless', '--no-sandbox', '--disable-gpu'],
});
await mkdir(folder, { recursive: true });
const first = await browser.newPage();
await propose(first);
await first.close();
for (const [width, height] of [[1440, 900], [390, 844]]) {
  for (const colorScheme of ['light', 'dark']) {
    const context = await browser.newContext({ viewport: { width, height }, colorScheme });
    const page = await context.newPage();
    await signIn(page, 'ada');
    for (const [name, path] of Object.entries(PAGES)) {
      await page.goto(`${base}${path}`);
      await page.waitForLoadState('networkidle');
      await page.screenshot({ path: `${folder}/${name}-${width}-${colorScheme}.png` });
    }
    await context.close();
  }
}
await browser.close();
