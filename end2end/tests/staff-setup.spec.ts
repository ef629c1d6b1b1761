// The first minutes of a desk, and the staff's way in and out.

import { Desk } from '../support/desk';
import { inspect } from '../support/checks';
import { expect, logIn, logInStaff, PASSWORD, test } from '../support/test';

test.describe('an empty desk', () => {
  const empty = test.extend<object, { desk: Desk }>({
    desk: [
      async ({}, use) => {
        const desk = await Desk.start();
        await use(desk);
        await desk.stop();
      },
      { scope: 'worker' },
    ],
  });

  empty('gets its first admin by the link that the server prints', async ({ page, desk, guard }) => {
    test.slow();
    guard.expect(400);
    guard.expect(403);
    guard.expect(404);
    await expect.poll(() => desk.log).toMatch(/\/admin\/set-up\?token=\w+/);
    const link = /http\S+\/admin\/set-up\?token=\w+/.exec(desk.log)?.[0] ?? '';
    await page.goto('/admin');
    await expect(page).toHaveURL('/admin/login?next=/admin');
    await expect(page.getByText('Nobody can log in yet.')).toBeVisible();
    await page.goto(link.replace(/token=.*/, 'token=0000'));
    await expect(page.getByRole('heading', { name: 'This set-up link does not work' })).toBeVisible();

    await page.goto(link);
    await inspect(page);
    await page.getByLabel('Username').fill('mia');
    await page.getByLabel('Name (optional)').fill('Mia Berg');
    await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
    await page.getByLabel('Password again').fill('something else');
    await page.getByRole('button', { name: 'Make this desk mine' }).click();
    await expect(page.getByText('The two passwords differ. Type both again.')).toBeVisible();
    await expect(page.getByLabel('Username'), 'what was typed stays').toHaveValue('mia');
    await expect(page.getByLabel('Password', { exact: true }), 'passwords do not').toHaveValue('');
    await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
    await page.getByLabel('Password again').fill(PASSWORD);
    await page.getByRole('button', { name: 'Make this desk mine' }).click();
    await expect(page).toHaveURL('/admin');
    await expect(page.getByRole('heading', { name: 'Overview' })).toBeVisible();
    await expect(page.getByRole('heading', { name: 'No tickets yet' })).toBeVisible();
    await inspect(page);

    // The link is spent.
    await page.goto(link);
    await expect(page.getByRole('heading', { name: 'There is nothing here' })).toBeVisible();
    // Every list says what to do next.
    for (const [path, title] of [
      ['tickets', 'No tickets yet'],
      ['customers', 'No customers yet'],
      ['files', 'No files yet'],
      ['pins', 'No PINs yet'],
    ]) {
      await page.goto(`/admin/${path}`);
      await expect(page.getByRole('heading', { name: title })).toBeVisible();
      await inspect(page);
    }
  });
});

test('staff log in and out', async ({ page, guard, desk }) => {
  guard.expect(400);
  await desk.agent('kim', 'Kim Lund');
  await page.goto('/admin/tickets?status=Open');
  await expect(page).toHaveURL('/admin/login?next=/admin/tickets%3Fstatus%3DOpen');
  await page.getByLabel('Username').fill('kim');
  await page.getByLabel('Password').fill('not the password');
  await page.getByRole('button', { name: 'Log in' }).click();
  await expect(page.getByRole('alert')).toContainText('Wrong username or password.');
  await expect(page.getByLabel('Username')).toHaveValue('kim');
  await expect(page.getByLabel('Password')).toHaveValue('');
  await page.getByLabel('Password').fill(PASSWORD);
  await page.getByRole('button', { name: 'Log in' }).click();
  await expect(page).toHaveURL('/admin/tickets?status=Open');
  // A line that is only being opened when its session ends is refused, and browsers say so.
  await expect(page.locator('[data-live-state="open"]')).toBeAttached();
  await page.getByRole('button', { name: 'Log out' }).click();
  await expect(page).toHaveURL('/admin/login');
  await page.goto('/admin');
  await expect(page).toHaveURL('/admin/login?next=/admin');
});

test('nobody learns which usernames there are', async ({ page, guard }) => {
  guard.expect(400);
  const answers: string[] = [];
  for (const username of ['mia', 'nobody.at.all']) {
    await page.goto('/admin/login');
    await page.getByLabel('Username').fill(username);
    await page.getByLabel('Password').fill('not the password');
    await page.getByRole('button', { name: 'Log in' }).click();
    answers.push(await page.getByRole('alert').innerText());
  }
  expect(answers[0]).toBe(answers[1]);
});

test('a customer who asks for the staff area gets 403 and nothing of it', async ({ page, customer, guard }) => {
  guard.expect(403);
  await logIn(page, customer.pin);
  for (const path of ['', '/tickets', '/customers', '/customers/1', '/pins', '/files', '/sessions', '/staff', '/categories', '/login']) {
    const answer = await page.goto(`/admin${path}`);
    expect(answer?.status(), path).toBe(403);
    await expect(page.getByRole('heading', { name: 'This is for the support team' })).toBeVisible();
    const html = (await answer?.text()) ?? '';
    for (const markup of ['staff-nav', 'sidebar', 'card-tools', 'palette', 'href="/admin', 'mia@desk.example']) {
      expect(html, `${markup} on /admin${path}`).not.toContain(markup);
    }
  }
  await page.getByRole('link', { name: 'To my tickets' }).click();
  await expect(page).toHaveURL('/tickets');
});

test('staff who ask for a customer’s page get their own view of it', async ({ page, desk, customer }) => {
  const ticket = await (await desk.client(customer.pin)).open({ title: 'Seen from both sides' });
  await desk.agent('ole', 'Ole Dahl');
  await logInStaff(page, 'ole');
  await page.goto(`/tickets/${ticket.id}`);
  await expect(page).toHaveURL(`/admin/tickets/${ticket.id}`);
  await page.goto('/');
  await expect(page).toHaveURL('/admin');
});
