// A customer who is marked as sensitive: one of staff asks for the PIN, another one confirms it, and the first sees it once.

import { inspect } from '../support/checks';
import { expect, logIn, logInStaff, test } from '../support/test';

test.use({ as: 'admin' });

test('a PIN for a sensitive customer takes two of staff', async ({ page, customer, another, desk }) => {
  await page.goto(`/admin/customers?q=${customer.username}`);
  await page.getByRole('row').filter({ hasText: customer.username }).getByRole('link').first().click();
  await page.getByRole('button', { name: 'Mark as sensitive' }).click();
  await expect(page.getByRole('button', { name: 'Issue a PIN' })).toHaveCount(0);
  await page.getByLabel('Works for').selectOption('3600');
  await page.getByRole('button', { name: 'Ask for a PIN' }).click();
  await expect(page.getByText('another member of staff must confirm it')).toBeVisible();
  await expect(page.getByText(/and would work for 1 hour/)).toBeVisible();
  await inspect(page);

  const colleague = await another();
  await desk.agent('tess', 'Tess Tell');
  await logInStaff(colleague, 'tess');
  await colleague.getByRole('navigation', { name: 'Staff' }).getByRole('link', { name: /Lost access/ }).click();
  await colleague.getByRole('button', { name: 'I confirm that' }).click();
  await expect(colleague.getByText('issues it, and sees it once')).toBeVisible();
  await expect(colleague.getByRole('button', { name: 'Issue the PIN' })).toHaveCount(0);
  await inspect(colleague);

  await page.reload();
  await page.getByRole('button', { name: 'Issue the PIN' }).click();
  const pin = await page.locator('#issued-pin').innerText();
  const theirs = await another();
  await logIn(theirs, pin);
});
