// The search in the bar finds while one types.

import AxeBuilder from '@axe-core/playwright';

import { test, expect } from '../lib/site.js';

test('a server is found by a part of its address while one types, by keys alone', async ({ page }) => {
  const answer = await page.request.get('/api/servers/?limit=1&offset=23');
  const [server] = (await answer.json()).results;
  await page.goto('/');
  await page.keyboard.press('/');
  const field = page.getByRole('combobox', { name: 'Search everything' });
  await expect(field).toBeFocused();
  await page.keyboard.type(server.ip);
  const option = page.getByRole('option').filter({ hasText: server.name }).first();
  await expect(option).toBeVisible();
  const { violations } = await new AxeBuilder({ page }).analyze();
  expect(violations.map(({ id, nodes }) => `${id}: ${nodes[0].html}`)).toEqual([]);
  await page.keyboard.press('ArrowDown');
  await expect(page.getByRole('option', { selected: true })).toHaveCount(1);
  await page.keyboard.press('Escape');
  await expect(option).toBeHidden();
  await page.keyboard.type(' ');
  await expect(option).toBeVisible();
  // What has just this address stands first.
  await page.keyboard.press('ArrowDown');
  await expect(option).toHaveAttribute('aria-selected', 'true');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(server.name);
});

test('what nothing holds is said, and Enter leads to all that is found', async ({ page }) => {
  await page.goto('/');
  await page.getByLabel('Search everything').click();
  await page.keyboard.type('no such thing');
  await expect(page.getByRole('option')).toHaveText('Nothing found');
  await page.getByLabel('Search everything').fill('10.');
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(/\/-\/search\/\?q=10\.$/);
});
