// Backups, as an admin sees them.

import { readFileSync } from 'node:fs';
import { inspect } from '../support/checks';
import { expect, test, type Page } from '../support/test';

/** Until what was begun is done: the page says so until it is loaded anew. */
async function done(page: Page): Promise<void> {
  await expect
    .poll(async () => {
      await page.goto('/admin/backups');
      return page.getByText('A backup is being made or verified.').count();
    })
    .toBe(0);
}

test.describe('an admin', () => {
  test.use({ as: 'admin' });

  test('makes a backup, verifies it and takes it along', async ({ page, hasScript }) => {
    await page.goto('/admin');
    if ((page.viewportSize()?.width ?? 0) > 768) await page.getByRole('link', { name: 'Backups' }).first().click();
    else await page.goto('/admin/backups');
    await expect(page.getByRole('heading', { name: 'Backups', level: 1 })).toBeVisible();
    await page.getByRole('button', { name: 'Make one now' }).click();
    await expect(page.getByText('Begun. What comes of it is shown here.')).toBeVisible();
    await done(page);
    const row = page.getByRole('row').filter({ hasText: 'pindesk-' }).first();
    await expect(row).toContainText('Not yet');
    if (hasScript) await inspect(page);

    await row.getByRole('button', { name: /^Verify/ }).click();
    await done(page);
    await expect(row).not.toContainText('Not yet');
    await expect(page.getByText('Damaged')).toHaveCount(0);

    const download = page.waitForEvent('download');
    await row.getByRole('link', { name: /^Download/ }).click();
    const file = await download;
    expect(file.suggestedFilename()).toMatch(/^pindesk-.*\.tar$/);
    expect(readFileSync(await file.path()).subarray(0, 7).toString()).toBe('tables/');
  });
});

test.describe('an agent', () => {
  test.use({ as: 'agent' });

  test('sees none', async ({ page, guard }) => {
    guard.expect(403);
    await page.goto('/admin/backups');
    await expect(page.getByText('This page is for admins.')).toBeVisible();
    await expect(page.getByRole('link', { name: 'Backups' })).toHaveCount(0);
  });
});
