// How somebody wants to see pages: the time zone changes what times show, theme and density come along
// to another browser, and what a browser chose by itself goes before.

import AxeBuilder from '@axe-core/playwright';

import { desk, newcomer, signIn } from '../lib/person.js';
import { test, expect } from '../lib/site.js';

test.use({ timezoneId: 'America/New_York' });

/** Somebody of this test alone, since others look at ada's pages meanwhile. */
async function somebody(browser, baseURL, about) {
  const administrator = await desk(browser, { baseURL });
  await signIn(administrator, 'ada');
  const name = await newcomer(administrator, about);
  await administrator.close();
  return name;
}

async function keep(page, fields) {
  await page.goto('/account/');
  for (const [label, value] of Object.entries(fields)) {
    const field = page.locator('#preferences').getByLabel(label);
    await (label === 'Time zone' ? field.fill(value) : field.selectOption(value));
  }
  await page.locator('#preferences').getByRole('button', { name: 'Keep this' }).click();
  await page.waitForLoadState('networkidle');
}

test('the time zone changes what times show, and UTC stays in their titles', async ({ browser, page, baseURL }) => {
  const name = await somebody(browser, baseURL, 'zoe');
  await signIn(page, name);
  // One entry, whatever others do meanwhile.
  const entry = '/-/history/?commit=1';
  const shown = async () => {
    await page.goto(entry);
    const time = page.locator('ol.timeline time').first();
    await expect(time).toHaveAttribute('title', / UTC$/);
    const datetime = await time.getAttribute('datetime');
    return { text: await time.textContent(), title: await time.getAttribute('title'), moment: new Date(datetime) };
  };
  /** What the server wrote in that place, before any script. */
  const written = async () => (await (await page.request.get(entry, { headers: { Accept: 'text/html' } })).text()).match(/<time [^>]*>([^<]*)/)[1];
  const inZone = (moment, timeZone) => {
    const options = { timeZone, dateStyle: 'short', timeStyle: 'short' };
    return new Intl.DateTimeFormat('sv-SE', options).format(moment);
  };
  const before = await shown();
  expect(before.text).toContain(inZone(before.moment, 'America/New_York'));
  await keep(page, { 'Time zone': 'asia/kathmandu' });
  await expect(page.getByLabel('Time zone')).toHaveValue('Asia/Kathmandu');
  const after = await shown();
  expect(after.text).toContain(inZone(after.moment, 'Asia/Kathmandu'));
  expect(after.text).not.toEqual(before.text);
  expect(after.title).toEqual(before.title);
  expect(after.text).toMatch(/ UTC\+5:45$/);
  expect(await written()).toEqual(after.text);
  await page.goto('/');
  await expect(page.locator('figure.plot[data-plot="days"] th').first()).toContainText('Asia/Kathmandu');
  await keep(page, { 'Time zone': '' });
  expect((await shown()).text).toEqual(before.text);
});

test('a click on a day of the plot leads to what happened then', async ({ browser, page, baseURL }) => {
  const name = await somebody(browser, baseURL, 'dora');
  await signIn(page, name);
  await keep(page, { 'Time zone': 'Asia/Kathmandu' });
  await page.goto('/');
  const plot = page.locator('figure.plot[data-plot="days"]');
  // Today, where the register was filled: the last bar.
  const { x, y, width, height } = await plot.locator('canvas').boundingBox();
  await page.mouse.click(x + width - 12, y + height - 40);
  await expect(page).toHaveURL(/\/-\/history\/\?after=\d{4}-\d\d-\d\dT00%3A00%3A00%2B05%3A45&before=/);
  await expect(page.locator('ol.timeline li').first()).toBeVisible();
  // By keyboard, and with what it counts.
  await page.goto('/');
  await plot.getByText('Numbers').click();
  await plot.locator('tbody tr', { has: page.locator('td:not(:text-is("0"))') }).last().getByRole('link').click();
  await expect(page).toHaveURL(/\/-\/history\/\?after=/);
});

test('theme and density come along, and this browser goes before', async ({ browser, page, baseURL }) => {
  const name = await somebody(browser, baseURL, 'thea');
  await signIn(page, name);
  // This browser alone, at first.
  await page.goto('/account/');
  await page.getByRole('main').getByRole('button', { name: 'Light' }).click();
  const html = page.locator('html');
  await expect(html).toHaveAttribute('data-theme', 'light');
  // What is kept for all is seen here at once.
  await keep(page, { Theme: 'dark', Density: 'compact' });
  await expect(html).toHaveAttribute('data-theme', 'dark');
  await expect(html).toHaveAttribute('data-density', 'compact');

  const elsewhere = await desk(browser, { baseURL, colorScheme: 'light' });
  await signIn(elsewhere, name);
  const there = elsewhere.locator('html');
  await expect(there).toHaveAttribute('data-theme', 'dark');
  await expect(there).toHaveAttribute('data-density', 'compact');
  await elsewhere.locator('details.me:not(.when) summary').click();
  await elsewhere.locator('details.me:not(.when)').getByRole('button', { name: 'Light' }).click();
  await elsewhere.goto('/servers/');
  await expect(there).toHaveAttribute('data-theme', 'light');
  await page.goto('/servers/');
  await expect(html).toHaveAttribute('data-theme', 'dark');
});

for (const [width, theme] of [[1440, 'dark'], [390, 'light']]) {
  test(`pages fit in a kept look, and axe finds nothing, ${width} wide, ${theme}`, async ({ browser, baseURL }) => {
    test.setTimeout(120_000);
    const name = await somebody(browser, baseURL, 'axel');
    // The browser itself wants the other theme.
    const colorScheme = theme === 'dark' ? 'light' : 'dark';
    const page = await desk(browser, { baseURL, viewport: { width, height: 900 }, colorScheme });
    await signIn(page, name);
    await keep(page, { Theme: theme, Density: 'compact', 'Time zone': 'Europe/Berlin' });
    for (const path of ['/', '/servers/', '/servers/1/', '/account/']) {
      await page.goto(path);
      await page.waitForLoadState('networkidle');
      const overhang = () => document.documentElement.scrollWidth - document.documentElement.clientWidth;
      expect(await page.evaluate(overhang), `pixels beside ${path}`).toBe(0);
      const { violations } = await new AxeBuilder({ page }).analyze();
      expect(violations.map(({ id, nodes }) => `${id}: ${nodes[0].html}`), path).toEqual([]);
    }
  });
}
