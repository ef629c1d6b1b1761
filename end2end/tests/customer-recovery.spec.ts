// Somebody lost their access: they ask for it, staff make sure who it is, and for a sensitive customer two of them do.

import { inspect } from '../support/checks';
import { expect, logIn, logInStaff, test } from '../support/test';

test.use({ as: 'admin' });

test('who lost their access is called back and gets a PIN, by two of staff where it takes two', async ({ page, customer, another, desk, hasScript, guard }) => {
  guard.expect(400);
  const theirs = await another();
  await theirs.goto('/');
  await theirs.getByRole('link', { name: 'I lost my access' }).click();
  await theirs.getByLabel('Your name').fill(customer.name);
  await theirs.getByLabel('How we call you back').fill(' ');
  await theirs.getByRole('button', { name: 'Ask Support' }).click();
  await expect(theirs.getByText('This field may not be blank.')).toBeVisible();
  if (hasScript) await inspect(theirs);
  await theirs.getByLabel('How we call you back').fill('+34 600 100 200');
  await theirs.getByRole('button', { name: 'Ask Support' }).click();
  await expect(theirs.getByText('Support has your request.')).toBeVisible();

  await page.goto(`/admin/customers?q=${customer.username}`);
  await page.getByRole('row').filter({ hasText: customer.username }).getByRole('link').first().click();
  await page.getByRole('button', { name: 'Mark as sensitive' }).click();
  await expect(page.getByText('Sensitive', { exact: true })).toBeVisible();
  await page.getByRole('navigation', { name: 'Staff' }).getByRole('link', { name: /Lost access/ }).click();
  await expect(page.getByText('+34 600 100 200')).toBeVisible();
  await page.locator('summary', { hasText: 'I know who it is' }).click();
  await page.getByLabel('Customer').fill(customer.username);
  await page.getByLabel('How you made sure').selectOption('called_back');
  await page.getByLabel('The same in a line').fill('At the number that we had.');
  if (hasScript) await inspect(page);
  await page.getByRole('button', { name: 'It is them' }).click();
  await expect(page.getByText('another member of staff must confirm it')).toBeVisible();
  await expect(page.getByRole('button', { name: 'I confirm that' })).toHaveCount(0);

  const colleague = await another();
  await desk.agent('rita', 'Rita Roe');
  await logInStaff(colleague, 'rita');
  await colleague.goto('/admin/recoveries');
  await colleague.getByRole('button', { name: 'I confirm that' }).click();
  await expect(colleague.getByText('A colleague issues the PIN.')).toBeVisible();

  await page.goto('/admin/recoveries');
  await page.getByRole('button', { name: 'Issue the PIN' }).click();
  const pin = await page.locator('#issued-pin').innerText();
  await logIn(theirs, pin);
  await page.goto('/admin/recoveries');
  await expect(page.getByText(/PIN \d+ issued by/)).toBeVisible();
  if (hasScript) await inspect(page);
});
