// Tasks: run by keyboard, followed while it goes on, paused and resumed.

import { signIn } from '../lib/person.js';
import { test, expect } from '../lib/site.js';

test('a task is run, looked at, paused and resumed, by keyboard', async ({ page }) => {
  await signIn(page, 'ada');
  await page.goto('/-/tasks/');
  await page.getByRole('link', { name: 'history-fold' }).focus();
  await page.keyboard.press('Enter');
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('history-fold');
  await page.getByRole('button', { name: 'Run now' }).focus();
  const sent = page.waitForResponse((answer) => answer.request().method() === 'POST');
  await page.keyboard.press('Enter');
  expect((await sent).status()).toBe(303);
  // A replica takes it at once; how it went is in the list when the page is looked at again.
  const asked = page.getByRole('row').filter({ hasText: 'asked for by ada' }).first();
  await expect(async () => {
    await page.goto('/-/tasks/history-fold/');
    await expect(asked.getByText('done')).toBeVisible({ timeout: 1_000 });
  }).toPass({ timeout: 20_000 });
  await asked.getByRole('link').first().click();
  await expect(page.getByRole('log')).toContainText('all of the history is kept');
  await page.getByRole('link', { name: 'history-fold' }).click();

  await page.getByRole('button', { name: 'Pause' }).focus();
  await page.keyboard.press('Enter');
  await expect(page.locator('header .state')).toHaveText('paused');
  await page.getByRole('button', { name: 'Resume' }).focus();
  await page.keyboard.press('Enter');
  await expect(page.locator('header .state')).toHaveText('waiting');
});
