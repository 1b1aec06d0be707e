// Somebody who signs in with a password.

import { expect } from '@playwright/test';

export async function signIn(page, name, next = '/') {
  await page.goto(`/login/?next=${encodeURIComponent(next)}`);
  await page.getByLabel('User').fill(name);
  await page.getByLabel('Password').fill(`password of ${name}`);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await expect(page.locator('details.me summary', { hasText: name })).toBeVisible();
}
