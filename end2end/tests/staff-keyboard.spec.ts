// The keyboard for those who work here all day.

import { inspect } from '../support/checks';
import { expect, test } from '../support/test';

test.use({ as: 'agent' });

test('keys walk through lists, search, and go anywhere', async ({ page, desk, customer }) => {
  const client = await desk.client(customer.pin);
  const mark = customer.username.replace(/\W/g, '');
  const older = await client.open({ title: `Older ${mark}` });
  await client.open({ title: `Newer ${mark}` });
  const { keyboard } = page;
  await page.goto(`/admin/tickets?q=${mark}`);
  // Its button shows once the keys are listened to.
  await expect(page.locator('#open-palette')).toBeVisible();
  const focused = page.locator(':focus');
  await keyboard.press('j');
  await expect(focused).toHaveText(`Newer ${mark}`);
  await keyboard.press('j');
  await expect(focused).toHaveText(`Older ${mark}`);
  await keyboard.press('k');
  await expect(focused).toHaveText(`Newer ${mark}`);
  await keyboard.press('j');
  await keyboard.press('Enter');
  await expect(page).toHaveURL(`/admin/tickets/${older.id}`);

  await page.goto('/admin/customers');
  await expect(page.locator('#open-palette')).toBeVisible();
  await keyboard.press('/');
  await expect(page.getByRole('searchbox', { name: 'Search in customers' })).toBeFocused();
  await keyboard.type('j/k');
  await expect(page.getByRole('searchbox', { name: 'Search in customers' }), 'typing is typing').toHaveValue('j/k');

  await keyboard.press('Control+k');
  const palette = page.getByRole('dialog', { name: 'Go to' });
  await expect(palette).toBeVisible();
  await inspect(page);
  await keyboard.type('sess');
  await expect(palette.getByRole('link', { name: 'Sessions' })).toBeVisible();
  await expect(palette.getByRole('link', { name: 'Customers', exact: true })).toBeHidden();
  await keyboard.press('Enter');
  await expect(page).toHaveURL('/admin/sessions');
  await expect(page.locator('#open-palette')).toBeVisible();
  await keyboard.press('Control+k');
  await keyboard.type(`#${older.id}`);
  await keyboard.press('Enter');
  await expect(page).toHaveURL(`/admin/tickets/${older.id}`);
  await expect(page.locator('#open-palette')).toBeVisible();
  await keyboard.press('Control+k');
  await keyboard.press('Escape');
  await expect(palette).toBeHidden();
});
