// Single keys are switched off by who wants none, for themselves (WCAG 2.2, 2.1.4).

import { inspect } from '../support/checks';
import { expect, test } from '../support/test';

test.use({ as: 'admin' });

test('single keys are switched off on one’s own page, and the palette stays', async ({ page, customer, desk }) => {
  await (await desk.client(customer.pin)).open({ title: 'A row to walk to' });
  await page.goto('/admin');
  await page.getByRole('navigation', { name: 'Staff' }).locator('a[href^="/admin/staff/"]').click();
  await page.getByRole('button', { name: 'Switch single keys off' }).click();
  await expect(page.getByText('Saved.')).toBeVisible();
  await inspect(page);
  await page.goto('/admin/tickets');
  // Its button shows once the keys are listened to.
  await expect(page.locator('#open-palette')).toBeVisible();
  await page.keyboard.press('j');
  await page.keyboard.press('/');
  await expect(page.locator('.row-link:focus, #search:focus')).toHaveCount(0);
  await page.keyboard.press('Control+k');
  await expect(page.getByRole('dialog', { name: 'Go to' })).toBeVisible();
  await page.keyboard.press('Escape');

  await page.getByRole('navigation', { name: 'Staff' }).locator('a[href^="/admin/staff/"]').click();
  await page.getByRole('button', { name: 'Switch single keys on' }).click();
  await page.goto('/admin/tickets');
  await expect(page.locator('#open-palette')).toBeVisible();
  await page.keyboard.press('j');
  await expect(page.locator('.row-link:focus')).toHaveCount(1);
});
