// Back comes to a page as it was left, as long as its reader is still logged in.

import { expect, test, type Page } from '../support/test';

// Playwright turns off the memory in which browsers keep whole pages.
test.use({
  launchOptions: async ({ launchOptions }, use) => {
    await use({ ...launchOptions, ignoreDefaultArgs: ['--disable-back-forward-cache'] });
  },
});

test.beforeEach(async ({ context }) => {
  await context.addInitScript(() => {
    addEventListener('pageshow', ({ persisted }) => Object.assign(window, { persisted }));
  });
});

/** Back to a page that the browser kept. */
async function back(page: Page): Promise<void> {
  await page.evaluate(() => setTimeout(() => history.back()));
  await page.waitForFunction(() => (window as unknown as { persisted: boolean }).persisted);
}

test.describe('staff', () => {
  test.use({ as: 'agent' });

  test('find what they typed, however often they go', async ({ page, guard }) => {
    // A page that the browser keeps may be left before it has read what it asked.
    guard.allowBroken();
    await page.goto('/admin/customers/new');
    await page.getByLabel('Name (optional)').fill('Half a na');
    for (let time = 0; time < 2; time += 1) {
      await page.getByRole('link', { name: 'Customers' }).first().click();
      await expect(page).toHaveURL('/admin/customers');
      await back(page);
      await expect(page).toHaveURL('/admin/customers/new');
      await expect(page.getByLabel('Name (optional)')).toBeVisible();
      await expect(page.getByLabel('Name (optional)')).toHaveValue('Half a na');
    }
  });

  test('see an issued PIN once', async ({ page, customer }) => {
    await page.goto(`/admin/customers?q=${customer.username}`);
    await page.getByRole('main').getByRole('link', { name: customer.name }).click();
    await page.getByRole('button', { name: 'Issue a PIN' }).click();
    await expect(page.locator('#issued-pin')).toBeVisible();
    const pin = await page.locator('#issued-pin').innerText();
    await page.getByRole('link', { name: 'Customers' }).first().click();
    await expect(page).toHaveURL('/admin/customers');
    await page.evaluate(() => setTimeout(() => history.back()));
    await expect(page.getByText('This PIN was shown once.')).toBeVisible();
    expect(await page.content()).not.toContain(pin);
  });

  test('see an issued PIN once, also where they left before any program was there', async ({ page, context, customer, guard }) => {
    guard.allowBroken();
    await context.route('**/*.wasm', (route) => route.abort());
    await page.goto(`/admin/customers?q=${customer.username}`);
    await page.getByRole('main').getByRole('link', { name: customer.name }).click();
    await page.getByRole('button', { name: 'Issue a PIN' }).click();
    await expect(page.locator('#issued-pin')).toBeVisible();
    await page.getByRole('link', { name: 'Customers' }).first().click();
    await expect(page).toHaveURL('/admin/customers');
    await page.evaluate(() => setTimeout(() => history.back()));
    await expect(page.getByText('This PIN was shown once.')).toBeVisible();
    await expect(page.locator('#issued-pin')).toHaveCount(0);
  });

  test('see nothing until the server says who they are', async ({ page, context, guard }) => {
    guard.allowBroken();
    await page.goto('/admin/customers/new');
    await page.getByLabel('Name (optional)').fill('Half a na');
    await page.getByRole('link', { name: 'Customers' }).first().click();
    await expect(page).toHaveURL('/admin/customers');
    await context.setOffline(true);
    await back(page);
    await expect(page.getByRole('alert')).toContainText('The server cannot be reached.');
    await expect(page.getByRole('alert')).toBeVisible();
    await expect(page.getByRole('heading').first()).toBeHidden();
    await context.setOffline(false);
    await expect(page.getByLabel('Name (optional)')).toBeVisible();
    await expect(page.getByLabel('Name (optional)')).toHaveValue('Half a na');
    await expect(page.getByRole('alert')).toHaveCount(0);
  });
});
