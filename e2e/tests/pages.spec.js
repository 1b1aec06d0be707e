// The pages as a person uses them: find a server, share what is seen, propose a change, have somebody
// else agree, look at what happened, take it back, look at the past; on a desk and on a phone.

import { signIn } from '../lib/person.js';
import { test, expect } from '../lib/site.js';

/** A server of a test's own, so that tests don't meet. */
async function anyServer(page, place) {
  const answer = await page.request.get(`/api/servers/?limit=1&offset=${place}`);
  return (await answer.json()).results[0];
}

test('somebody finds a server by its address and comes to its page', async ({ page }) => {
  const server = await anyServer(page, 17);
  await page.goto('/');
  await page.keyboard.press('/');
  await page.keyboard.type(server.ip);
  await page.keyboard.press('Enter');
  await page.getByRole('main').getByRole('link', { name: server.name, exact: true }).click();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(server.name);
  await expect(page.getByText(server.ip, { exact: true })).toBeVisible();
});

test('a table is filtered, and its address shows the same to a colleague', async ({ page }) => {
  await page.goto('/servers/');
  const table = page.locator('#grid');
  await expect(table.locator('tbody tr').first()).toBeVisible();
  const server = await anyServer(page, 40);
  await page.getByPlaceholder('Search in this table').fill(server.name);
  await expect(page).toHaveURL(new RegExp(`search=${server.name}`));
  await expect(table.getByRole('link', { name: server.name, exact: true })).toBeVisible();
  const address = page.url();
  await page.goto('/');
  await page.goto(address);
  await expect(table.getByRole('link', { name: server.name, exact: true })).toBeVisible();
  await expect(page.getByPlaceholder('Search in this table')).toHaveValue(server.name);
});

test('a change waits until somebody else agrees, is told, and taken back', async ({ browser, baseURL }, testInfo) => {
  const desk = async (name) => {
    const context = await browser.newContext({ baseURL });
    const page = await context.newPage();
    await signIn(page, name);
    return page;
  };
  const ada = await desk('ada');
  const server = await anyServer(ada, 60);
  const told = `moved by ${testInfo.project.name}`;
  await ada.goto(`/servers/${server.id}/`);
  await ada.getByRole('link', { name: 'Edit' }).click();
  await ada.getByLabel('Description').fill(told);
  await ada.getByLabel('Reason').fill('a test of the pages');
  await ada.getByRole('button', { name: 'Send for review' }).click();
  await expect(ada).toHaveURL(/\/-\/change-requests\/\d+\/$/);
  await expect(ada.locator('table.comparison')).toContainText(told);
  await expect(ada.getByRole('button', { name: 'Approve' })).toHaveCount(0);
  const request = new URL(ada.url()).pathname;

  const brian = await desk('brian');
  await brian.goto('/-/change-requests/');
  await brian.locator(`a[href="${request}"]`).click();
  await brian.getByRole('button', { name: 'Approve' }).click();
  await expect(brian.getByRole('heading', { level: 1 }).locator('..')).toContainText('approved');

  await ada.goto(`/servers/${server.id}/`);
  await expect(ada.locator('dl.fields')).toContainText(told);
  await expect(ada.locator('ol.timeline li').first()).toContainText('approved by brian');
  await ada.getByRole('link', { name: 'Compare revisions' }).click();
  await expect(ada.locator('table.comparison')).toContainText(told);
  await ada.getByRole('button', { name: /Make it as at revision/ }).click();
  await expect(ada).toHaveURL(/\/-\/change-requests\/\d+\/$/);
  await ada.getByRole('button', { name: 'Withdraw' }).click();
  await expect(ada.locator('header.title')).toContainText('withdrawn');
});

test('what is wrong with a form is said beside it, and nothing typed is lost', async ({ page, complaints }) => {
  await signIn(page, 'ada');
  const server = await anyServer(page, 80);
  await page.goto('/servers/add/');
  await page.getByLabel('Name').fill(server.name);
  await page.getByLabel('IP address').fill('300.1.1.1');
  await page.locator('form.form[method=post]').evaluate((form) => {
    form.noValidate = true;
    form.submit();
  });
  await expect(page.locator('#e-ip')).not.toBeEmpty();
  await expect(page.getByLabel('Name')).toHaveValue(server.name);
  await expect(page.getByLabel('IP address')).toHaveValue('300.1.1.1');
  // A refusal is a 400, of which browsers complain.
  expect(complaints.every((complaint) => complaint.includes('400'))).toBe(true);
  complaints.length = 0;
});

test.describe('without script', () => {
  test.use({ javaScriptEnabled: false });

  test('tables page, sort and search, and the queue is there', async ({ page }) => {
    await page.goto('/servers/');
    const first = await page.locator('#grid tbody tr').first().textContent();
    await page.getByRole('link', { name: 'Next' }).click();
    await expect(page.locator('#grid tbody tr').first()).not.toHaveText(first);
    await page.goto('/servers/');
    await page.getByRole('link', { name: 'IP address' }).click();
    await expect(page).toHaveURL(/ordering=ip/);
    await page.goto('/-/change-requests/');
    await expect(page.getByRole('heading', { level: 1 })).toHaveText('Reviews');
  });
});

test('a page that is not there says so', async ({ page }) => {
  const answer = await page.request.get('/servers/999999999/', { headers: { accept: 'text/html' } });
  expect(answer.status()).toBe(404);
  expect(await answer.text()).toContain('Not there');
});
