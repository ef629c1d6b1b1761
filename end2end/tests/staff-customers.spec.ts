// Staff add a customer and hand out a PIN; the customer gets in with it, and out when staff say so.

import jsQR from 'jsqr';
import { PNG } from 'pngjs';
import { expect, goOn, pinField, test } from '../support/test';

test.use({ as: 'agent' });

const card = (page: import('@playwright/test').Page, name: string) =>
  page.locator('section').filter({ has: page.getByRole('heading', { name, level: 2 }) });

test('from a new customer to their first login, with one PIN', async ({ page, another, context, baseURL }) => {
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  await page.goto('/admin');
  await page.getByRole('link', { name: 'New customer' }).first().click();
  await page.getByLabel('Username').fill('lea.vogel');
  await page.getByLabel('Name (optional)').fill('Lea Vogel');
  await page.getByLabel('Email (optional)').fill('lea@example.com');
  await page.getByRole('button', { name: 'Add customer' }).click();
  await expect(page).toHaveURL(/\/admin\/customers\/\d+\?done=created$/);
  await expect(page.getByRole('status').filter({ hasText: 'Created.' })).toBeVisible();
  await expect(page.getByRole('heading', { level: 1, name: 'Lea Vogel' })).toBeVisible();

  // The odds stand behind the lifetime; what lives longer than a day is longer.
  await expect(page.getByRole('option', { name: /^3 days \(1 in \d+ \w+\)$/ })).toBeAttached();
  await page.getByLabel('Works for').selectOption(String(3 * 24 * 60 * 60));
  await page.getByRole('button', { name: 'Issue a PIN' }).click();
  const shown = page.locator('#issued-pin');
  await expect(shown).toHaveText(/^SUP-[0-9A-HJKMNP-TV-Z]{5}-[0-9A-HJKMNP-TV-Z]{5}$/);
  const pin = await shown.innerText();
  expect(page.url(), 'an address is no place for a PIN').not.toContain(pin);

  await page.getByRole('button', { name: 'Copy PIN' }).click();
  await expect(page.getByText('Copied.')).toBeVisible();
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(pin);
  await page.getByRole('button', { name: 'Copy login link' }).click();
  await expect.poll(() => page.evaluate(() => navigator.clipboard.readText())).toBe(`${baseURL}/#${pin}`);

  const code = page.getByRole('img', { name: 'QR code of the login link' });
  const picture = PNG.sync.read(await code.screenshot());
  const read = jsQR(new Uint8ClampedArray(picture.data), picture.width, picture.height);
  expect(read?.data).toBe(`${baseURL}/#${pin}`);

  // The printed page is the card alone.
  await page.emulateMedia({ media: 'print' });
  await expect(page.getByRole('article', { name: 'Card to print' })).toContainText(pin);
  await expect(shown).toBeHidden();
  await expect(code).toBeVisible();
  await expect(page.getByRole('navigation', { name: 'Staff' })).toBeHidden();
  await expect(page.getByRole('button', { name: 'Save details' })).toBeHidden();
  await page.emulateMedia({ media: null });
  await page.evaluate(() => {
    window.print = () => document.body.setAttribute('data-printed', '');
  });
  await page.getByRole('button', { name: 'Print the card' }).click();
  await expect(page.locator('body')).toHaveAttribute('data-printed', '');

  await page.reload();
  await expect(page.getByText('This PIN was shown once.')).toBeVisible();
  expect(await page.content()).not.toContain(pin);
  await expect(card(page, 'PINs').getByRole('row').nth(1)).toContainText('Issued');

  const customer = await another();
  await customer.goto(`/#${pin}`);
  await expect(pinField(customer)).toHaveValue(pin);
  await customer.getByRole('button', { name: 'Log in' }).click();
  await goOn(customer);
  await expect(customer).toHaveURL('/tickets');
  await expect(customer.getByText('Lea Vogel')).toBeVisible();
  await page.reload();
  await expect(card(page, 'PINs').getByRole('row').nth(1)).toContainText('Redeemed');
  await expect(card(page, 'Sessions').getByRole('row').nth(1)).toContainText('Browser');
});

test('a username is taken once', async ({ page, customer, guard }) => {
  guard.expect(400);
  await page.goto('/admin/customers/new');
  await page.getByLabel('Username').fill(customer.username);
  await page.getByLabel('Name (optional)').fill('Somebody Else');
  await page.getByRole('button', { name: 'Add customer' }).click();
  await expect(page.getByLabel('Username')).toHaveAttribute('aria-invalid', 'true');
  await expect(page.getByLabel('Name (optional)')).toHaveValue('Somebody Else');
});

test('customers are found, and their details change', async ({ page, desk }) => {
  const customer = await desk.customer('Zora Quist', 'zora.quist');
  await page.goto('/admin/customers');
  await page.getByRole('searchbox', { name: 'Search in customers' }).fill('ra qui');
  await page.getByRole('button', { name: 'Search' }).click();
  await expect(page.getByRole('table').getByRole('row')).toHaveCount(2);
  await page.getByRole('link', { name: 'Zora Quist' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Zora Quist' })).toBeVisible();
  await page.getByLabel('Name (optional)').fill('Zora Quist-Lind');
  await page.getByLabel('Email (optional)').fill('zora@lind.example');
  await page.getByRole('button', { name: 'Save details' }).click();
  await expect(page.getByText('Saved.')).toBeVisible();
  await expect(page.getByRole('heading', { level: 1, name: 'Zora Quist-Lind' })).toBeVisible();
  await expect(page.getByRole('link', { name: 'zora@lind.example' })).toBeVisible();
  await page.goto('/admin/customers?q=nobody-is-called-this');
  await expect(page.getByRole('heading', { name: 'Nobody fits' })).toBeVisible();
  void customer;
});

test('who is deactivated is out at once, and in again when activated', async ({ page, customer, desk, another, guard }) => {
  guard.expect(400);
  const unused = await desk.pin(customer.username);
  const theirs = await another();
  await theirs.goto('/');
  await pinField(theirs).fill(customer.pin);
  await theirs.getByRole('button', { name: 'Log in' }).click();
  await goOn(theirs);
  await expect(theirs).toHaveURL('/tickets');

  await page.goto(`/admin/customers?q=${customer.username}`);
  await page.getByRole('link', { name: customer.name }).click();
  await page.getByText('Deactivate this customer').click();
  await expect(page.getByText('Their sessions end, their unused PINs are revoked')).toBeVisible();
  await page.getByRole('button', { name: 'Deactivate', exact: true }).click();
  await expect(page.getByText('Deactivated. They are logged out and cannot log in.')).toBeVisible();
  await expect(page.getByRole('button', { name: 'Issue a PIN' })).toHaveCount(0);

  await theirs.reload();
  await expect(theirs).toHaveURL('/?next=/tickets');
  await pinField(theirs).fill(unused);
  await theirs.getByRole('button', { name: 'Log in' }).click();
  await expect(theirs.getByText(/Invalid or used PIN/)).toBeVisible();

  await page.goto('/admin/customers?state=deactivated');
  await expect(page.getByRole('row').filter({ hasText: customer.username })).toContainText('Deactivated');
  await page.getByRole('row').filter({ hasText: customer.username }).getByRole('link').click();
  await page.getByRole('button', { name: 'Activate this customer' }).click();
  await expect(page.getByText('Activated. They can log in again.')).toBeVisible();
  await pinField(theirs).fill(await desk.pin(customer.username));
  await theirs.getByRole('button', { name: 'Log in' }).click();
  await goOn(theirs);
  await expect(theirs).toHaveURL('/tickets');
});
