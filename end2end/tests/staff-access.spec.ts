// Who is in, who may come in, and who may do what.

import { expect, logIn, logInStaff, PASSWORD, pinField, test } from '../support/test';

type Page = import('@playwright/test').Page;
const row = (page: Page, text: string) => page.getByRole('row').filter({ hasText: text });

test.describe('an agent', () => {
  test.use({ as: 'agent' });

  test('ends one session, or all of a customer', async ({ page, customer, desk, another }) => {
    const [phone, laptop] = [await another(), await another()];
    await logIn(phone, customer.pin);
    await logIn(laptop, await desk.pin(customer.username));
    await page.goto('/admin/sessions');
    await expect(row(page, customer.username)).toHaveCount(2);
    // One's own is on a later page where many others came since.
    const older = page.getByRole('link', { name: 'Next' });
    while ((await row(page, 'This is you').count()) === 0 && (await older.count()) > 0) {
      const before = page.url();
      await older.click();
      await expect(page).not.toHaveURL(before);
    }
    await expect(row(page, 'This is you')).toHaveCount(1);
    await page.goto('/admin/sessions');
    // The newest comes first: the laptop's.
    const newest = row(page, customer.username).first();
    await newest.locator('summary').click();
    await newest.getByRole('button', { name: 'End this session' }).click();
    await expect(row(page, customer.username)).toHaveCount(1);
    await laptop.reload();
    await expect(laptop).toHaveURL('/?next=/tickets');
    await phone.reload();
    await expect(phone).toHaveURL('/tickets');

    await logIn(laptop, await desk.pin(customer.username));
    await row(page, customer.username).first().getByRole('link').click();
    await page.getByText('End all', { exact: true }).click();
    await page.getByRole('button', { name: 'End all sessions' }).click();
    await expect(page.getByRole('heading', { name: 'Not logged in' })).toBeVisible();
    for (const theirs of [phone, laptop]) {
      await theirs.goto('/tickets');
      await expect(theirs).toHaveURL('/?next=/tickets');
    }
  });

  test('sees PINs by state and revokes unused ones', async ({ page, customer, desk, another, guard }) => {
    guard.expect(400);
    const spare = await desk.pin(customer.username);
    const theirs = await another();
    await logIn(theirs, customer.pin);
    await theirs.getByRole('button', { name: 'Log out' }).click();
    const filter = `customer=${customer.username}`;
    await page.goto(`/admin/pins?${filter}`);
    await expect(row(page, customer.username)).toHaveCount(2);
    await page.getByRole('link', { name: 'Redeemed' }).click();
    await expect(row(page, customer.username)).toHaveCount(1);
    await page.getByRole('link', { name: 'Issued', exact: true }).click();
    await expect(row(page, customer.username)).toHaveCount(1);
    expect(await page.content(), 'nobody can look a PIN up').not.toContain(spare);
    await page.locator('summary', { hasText: 'Revoke' }).click();
    await page.getByRole('button', { name: 'Revoke this PIN' }).click();
    await expect(page.getByRole('heading', { name: 'No PIN fits' })).toBeVisible();
    await page.getByRole('link', { name: 'Revoked', exact: true }).click();
    await expect(row(page, customer.username)).toHaveCount(1);
    await pinField(theirs).fill(spare);
    await theirs.getByRole('button', { name: 'Log in' }).click();
    await expect(theirs.getByText(/Invalid or used PIN/)).toBeVisible();
  });

  test('finds no way to what is for admins', async ({ page, guard, desk }) => {
    guard.expect(403);
    await page.goto('/admin');
    const links = page.getByRole('navigation', { name: 'Staff' }).getByRole('link');
    await expect(links.filter({ hasText: 'Tickets' })).toHaveCount(1);
    for (const name of ['Staff', 'Categories']) {
      await expect(links.filter({ hasText: name })).toHaveCount(0);
    }
    for (const path of ['/admin/staff', '/admin/categories', '/admin/staff/1']) {
      const answer = await page.goto(path);
      expect(answer?.status(), path).toBe(403);
      await expect(page.getByRole('heading', { name: 'Not for you' })).toBeVisible();
      expect(await page.content()).not.toContain('mia@desk.example');
    }
    const post = (name: string, form: Record<string, string>) =>
      page.request.post(`/fn/${name}`, { form, headers: { origin: desk.url } });
    expect((await post('add_category', { name: 'Mine' })).status()).toBe(403);
    expect((await post('set_staff_role', { id: '1', role: 'agent' })).status()).toBe(403);
  });
});

test('an agent changes their own password, which ends their other sessions', async ({ page, desk, another, guard }) => {
  guard.expect(400);
  await desk.agent('ida', 'Ida Holm');
  await logInStaff(page, 'ida');
  const other = await another();
  await logInStaff(other, 'ida');
  await page.getByRole('link', { name: 'Ida Holm' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Your account' })).toBeVisible();
  const fresh = 'an even longer password';
  for (const [current, chosen, answer] of [
    ['not the password', fresh, 'This is not the password you have now.'],
    [PASSWORD, 'Password123', 'This password is one of the first that others try.'],
    [PASSWORD, fresh, 'The password was changed.'],
  ]) {
    await page.getByLabel('Current password').fill(current);
    await page.getByLabel('Password', { exact: true }).fill(chosen);
    await page.getByLabel('Password again').fill(chosen);
    await page.getByRole('button', { name: 'Set password' }).click();
    await expect(page.getByText(answer).last()).toBeVisible();
  }
  await other.goto('/admin');
  await expect(other).toHaveURL('/admin/login?next=/admin');
  await other.getByLabel('Username').fill('ida');
  await other.getByLabel('Password').fill(PASSWORD);
  await other.getByRole('button', { name: 'Log in' }).click();
  await expect(other.getByRole('alert')).toContainText('Wrong username or password.');
  await logInStaff(other, 'ida', fresh);
});

test.describe('an admin', () => {
  test.use({ as: 'admin' });

  test('adds a member of staff, changes the role, deactivates', async ({ page, another, guard }) => {
    guard.expect(400);
    await page.goto('/admin/staff');
    await page.getByLabel('Username').fill('tom');
    await page.getByLabel('Name (optional)').fill('Tom Ek');
    await page.getByLabel('Role').selectOption('agent');
    await page.getByLabel('Password', { exact: true }).fill('short');
    await page.getByLabel('Password again').fill('short');
    await page.getByRole('button', { name: 'Add', exact: true }).click();
    await expect(page.getByLabel('Password', { exact: true })).toHaveAccessibleDescription(/Use at least 8 characters\./);
    await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
    await page.getByLabel('Password again').fill(PASSWORD);
    await page.getByRole('button', { name: 'Add', exact: true }).click();
    await expect(page.getByText('Created.')).toBeVisible();
    await expect(page.getByRole('heading', { level: 1, name: 'Tom Ek' })).toBeVisible();

    const theirs = await another();
    await logInStaff(theirs, 'tom');
    await expect(theirs.getByRole('link', { name: 'Categories' })).toHaveCount(0);
    await page.getByLabel('May do').selectOption('admin');
    await page.getByRole('button', { name: 'Set role' }).click();
    await expect(page.getByText('Saved.')).toBeVisible();
    await theirs.reload();
    await expect(theirs.getByRole('link', { name: 'Categories' })).toBeVisible();

    await page.getByText('Deactivate this account').click();
    await page.getByRole('button', { name: 'Deactivate', exact: true }).click();
    await expect(page.getByText('Deactivated.', { exact: false }).first()).toBeVisible();
    await theirs.reload();
    await expect(theirs).toHaveURL('/admin/login?next=/admin');
  });

  test('keeps the list of categories', async ({ page, guard, desk, customer, another }) => {
    guard.expect(400);
    const theirs = await another();
    await logIn(theirs, customer.pin);
    await page.goto('/admin/categories');
    const add = async (name: string) => {
      await page.getByLabel('Name', { exact: true }).fill(name);
      await page.getByRole('button', { name: 'Add', exact: true }).click();
    };
    await add('Hardware');
    await expect(page.getByText('Created.')).toBeVisible();
    await add('hardware');
    await expect(page.getByLabel('Name', { exact: true })).toHaveAttribute('aria-invalid', 'true');
    const hardware = row(page, 'Hardware');
    await hardware.getByText('Rename').first().click();
    await hardware.getByLabel('New name').fill('Devices');
    await hardware.getByRole('button', { name: 'Rename' }).click();
    await expect(page.getByText('Saved.')).toBeVisible();
    await theirs.goto('/tickets/new');
    await theirs.getByLabel('Category').selectOption('Devices');
    const client = await desk.client(await desk.pin(customer.username));
    const ticket = await client.open({ title: 'A device', category: 'Devices' });

    await row(page, 'Devices').getByRole('button', { name: 'Retire' }).click();
    await expect(row(page, 'Devices')).toContainText('Retired');
    await theirs.goto('/tickets/new');
    await expect(theirs.getByLabel('Category').getByRole('option', { name: 'Devices' })).toHaveCount(0);
    await theirs.goto(`/tickets/${ticket.id}`);
    await expect(theirs.getByText('Devices', { exact: true })).toBeVisible();
  });
});
