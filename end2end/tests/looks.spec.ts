// Every page, filled, on desks and phones, light and dark: nothing for axe, nothing sideways.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { inspect } from '../support/checks';
import { customerPages, enter, refusals, staffPages } from '../support/filled';
import { test } from '../support/filled-test';
import { exe, png } from '../support/files';
import { expect, pinField } from '../support/test';
import { fileRow, fillForm, openForm } from '../support/tickets';

const nowhere = { customer: { username: '', name: '', pin: '' }, ticket: { id: 0 }, customerId: 0 } as never;

/** Pages that need what only their own journeys make, and those journeys. */
const elsewhere: Record<string, string> = {
  '/': 'looks',
  '/drop': 'let-in',
  '/admin/login': 'looks',
  '/admin/login/code': 'staff-factor',
  '/admin/set-up': 'staff-setup',
  '/admin/batches/:id/sheet': 'cards',
  '/admin/retention/:id': 'staff-records',
};

test('no page of the desk is left out', () => {
  const source = (path: string) => readFileSync(join(__dirname, path), 'utf8');
  const routes = [...source('../../app/src/routes.rs').matchAll(/path!\("([^"]+)"\)/g)].map(([, path]) => path);
  const looked = [...Object.values(customerPages(nowhere)), ...Object.values(staffPages(nowhere))].map((path) => path.split('?')[0]);
  const isLookedAt = (route: string) => {
    const pattern = new RegExp(`^${route.replace(/:id/g, '[^/]+')}$`);
    return looked.some((path) => pattern.test(path) && !routes.includes(path)) || looked.includes(route);
  };
  const leftOut = routes.filter((route) => {
    const journey = elsewhere[route];
    return !isLookedAt(route) && (journey === undefined || !source(`${journey}.spec.ts`).includes('inspect('));
  });
  expect(leftOut, 'pages that no journey holds against axe and a ruler').toEqual([]);
  expect(routes.length).toBeGreaterThan(30);
});

test('the login pages, fresh and refused', async ({ page, guard }) => {
  test.slow();
  guard.expect(400);
  await page.goto('/');
  await inspect(page);
  await pinField(page).fill('SUP-0000-0000');
  await page.getByRole('button', { name: 'Log in' }).click();
  await expect(page.getByText(/Invalid or used PIN/)).toBeVisible();
  await inspect(page);
  await page.goto('/admin/login');
  await inspect(page);
  await page.getByLabel('Username').fill('nobody');
  await page.getByLabel('Password').fill('nothing at all');
  await page.getByRole('button', { name: 'Log in' }).click();
  await expect(page.getByRole('alert')).toBeVisible();
  await inspect(page);
});

for (const name of Object.keys(customerPages(nowhere))) {
  test(`customer: ${name}`, async ({ page, desk, filled, guard }) => {
    if (refusals[name] !== undefined) guard.expect(refusals[name]);
    await enter(page, desk, filled);
    await page.goto(customerPages(filled)[name]);
    await inspect(page);
  });
}

test('customer: questions before something is lost, and files about to be sent', async ({ page, desk, filled }) => {
  test.slow();
  await enter(page, desk, filled);
  await page.getByRole('link', { name: 'Headset for calls' }).click();
  await page.getByText('Close ticket').click();
  await page.getByText('Withdraw ticket').click();
  await inspect(page);
  await openForm(page, true);
  await fillForm(page, { title: 'With files', files: [png(), exe()] });
  await expect(fileRow(page, 'setup.exe')).toContainText('is not a PDF');
  await inspect(page);
});

test.describe('staff', () => {
  test.use({ as: 'admin' });

  for (const name of Object.keys(staffPages(nowhere))) {
    test(name, async ({ page, filled, guard }) => {
      if (refusals[name] !== undefined) guard.expect(refusals[name]);
      await page.goto(staffPages(filled)[name]);
      await inspect(page);
    });
  }

  test('a note that is being written, and its preview', async ({ page, filled }) => {
    test.slow();
    await page.goto(staffPages(filled)['staff ticket']);
    await page.locator('summary').filter({ hasText: 'Internal note' }).click();
    await page.getByLabel('Note for the team').fill('**Ask** the `ops` team');
    await page.locator('.composer-note').getByRole('button', { name: 'Preview' }).click();
    await expect(page.locator('.composer-note .preview strong')).toHaveText('Ask');
    await expect(page.locator('.composer-note [data-draft-status]')).toHaveText('Draft saved');
    await inspect(page);
  });

  test('an issued PIN, and questions before something is lost', async ({ page, filled }) => {
    test.slow();
    await page.goto(staffPages(filled)['staff customer']);
    await page.getByRole('button', { name: 'Issue a PIN' }).click();
    await expect(page.locator('#issued-pin')).toBeVisible();
    await inspect(page);
    await page.locator('summary', { hasText: 'Revoke' }).first().click();
    await page.getByText('Deactivate this customer').click();
    await inspect(page);
  });
});
