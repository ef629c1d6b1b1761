// Pictures of every page, for people to look at: `npm run shots` writes them to `shots/`, and two to `docs/screenshots/`
// for the README. Not part of the normal run.

import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Page } from '@playwright/test';
import { customerPages, enter, staffPages } from '../support/filled';
import { test } from '../support/filled-test';
import { Desk, PASSWORD } from '../support/desk';
import { exe, largePng, MEGABYTE, pdf, png } from '../support/files';
import { expect, logIn, pinField } from '../support/test';
import { fileRow, fillForm, openForm } from '../support/tickets';

const folder = resolve(__dirname, '../shots');
const docs = resolve(__dirname, '../../docs/screenshots');

test.describe('pictures', { tag: '@shots' }, () => {
  test.slow();

  /** Nothing moves any more, and every picture and letter is there. Two frames later all that follows from it is drawn. */
  async function settled(page: Page): Promise<void> {
    await page.evaluate(async () => {
      const frame = () => new Promise(requestAnimationFrame);
      await frame();
      await frame();
      await document.fonts.ready;
      const pictures = [...document.images].filter((picture) => picture.loading !== 'lazy' || picture.complete);
      await Promise.allSettled(pictures.map((picture) => picture.decode()));
      // One that never ends is no reason to wait.
      const moves = document.getAnimations().filter((move) => move.effect?.getComputedTiming().endTime !== Infinity);
      await Promise.allSettled(moves.map((move) => move.finished));
    });
  }

  /** The page as it is now, wide and narrow, light and dark. */
  async function shoot(page: Page, name: string): Promise<void> {
    mkdirSync(folder, { recursive: true });
    for (const width of [1440, 390]) {
      await page.setViewportSize({ width, height: width === 390 ? 844 : 900 });
      for (const colorScheme of ['light', 'dark'] as const) {
        await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
        await settled(page);
        const path = join(folder, `${name.replaceAll(' ', '-')}-${width}-${colorScheme}.png`);
        await page.screenshot({ path, fullPage: true });
      }
    }
    await page.setViewportSize({ width: 1440, height: 900 });
    await page.emulateMedia({ colorScheme: 'light' });
  }

  test('log in', async ({ page, guard }) => {
    guard.expect(400);
    await page.goto('/');
    await shoot(page, 'log in');
    await pinField(page).fill('SUP-0000-0000');
    await page.getByRole('button', { name: 'Log in' }).click();
    await expect(page.getByText(/Invalid or used PIN/)).toBeVisible();
    await shoot(page, 'log in refused');
    await page.goto('/admin/login');
    await page.getByLabel('Username').fill('mia');
    await page.getByLabel('Password').fill('nothing');
    await page.getByRole('button', { name: 'Log in' }).click();
    await expect(page.getByRole('alert')).toBeVisible();
    await shoot(page, 'staff log in refused');
    await page.goto('/api/docs/');
    await shoot(page, 'api docs');
  });

  test('customer', async ({ page, desk, filled, guard }) => {
    guard.expect(404);
    guard.expect(403);
    await enter(page, desk, filled);
    for (const [name, path] of Object.entries(customerPages(filled))) {
      await page.goto(path);
      await shoot(page, name);
    }
    await page.goto('/tickets');
    await page.getByRole('link', { name: 'Headset for calls' }).click();
    await page.getByText('Withdraw ticket').click();
    await shoot(page, 'ticket withdraw');
  });

  test('customer with files', async ({ page, desk, filled, guard }) => {
    guard.expect(400);
    await enter(page, desk, filled);
    await openForm(page, true);
    const files = [png(), exe(), pdf(), largePng('scan-of-the-whole-manual.png', 6 * MEGABYTE)];
    await fillForm(page, { title: 'Printer prints stripes', description: 'Since Monday every page has stripes.', files });
    await expect(fileRow(page, 'setup.exe')).toContainText('is not a PDF');
    await shoot(page, 'new ticket files');
    await page.getByLabel('Title').fill('   ');
    await page.getByRole('button', { name: 'Open ticket' }).click();
    await expect(page.getByLabel('Title')).toHaveAttribute('aria-invalid', 'true');
    await shoot(page, 'new ticket refused');
    await page.getByLabel('Title').fill('Printer prints stripes');
    await page.getByRole('button', { name: 'Remove setup.exe' }).click();
    await fillForm(page, { title: 'Sending', files: [largePng('photo-of-the-hall.png', 4 * MEGABYTE)] });
    const client = await page.context().newCDPSession(page);
    await client.send('Network.enable');
    const slow = { offline: false, latency: 20, downloadThroughput: -1, uploadThroughput: 60 * 1024 };
    await client.send('Network.emulateNetworkConditions', slow);
    await page.getByRole('button', { name: 'Open ticket' }).click();
    await expect(fileRow(page, 'photo-of-the-hall.png')).toContainText(/ [1-9]\d % sent/, { timeout: 30_000 });
    await shoot(page, 'new ticket sending');
    guard.allowBroken();
  });

  test('somebody without an identity', async ({ page, desk }) => {
    const { username } = JSON.parse(await desk.call(['customer', 'create', '--unnamed', '--json']));
    await page.goto('/');
    await pinField(page).fill(await desk.pin(username));
    await page.getByRole('button', { name: 'Log in' }).click();
    await expect(page.locator('#return-code')).toBeVisible();
    await shoot(page, 'welcome unknown');
  });

  test('a reply that is being written, and its preview', async ({ page, desk, filled }) => {
    await enter(page, desk, filled);
    await page.goto(`/tickets/${filled.ticket.id}`);
    await page.getByLabel('Your reply').fill('It is **better** now:\n\n- one page is good\n- the next has stripes');
    await page.getByRole('button', { name: 'Preview' }).click();
    await expect(page.locator('.preview strong')).toHaveText('better');
    await expect(page.locator('[data-draft-status]')).toHaveText('Draft saved');
    await shoot(page, 'ticket touched');
  });

  test('an empty desk', async ({ page, customer, guard }) => {
    const desk = await Desk.start();
    await expect.poll(() => desk.log).toMatch(/set-up\?token=/);
    await page.goto(/http\S+set-up\?token=\w+/.exec(desk.log)?.[0] ?? '');
    await shoot(page, 'set up');
    await page.getByLabel('Username').fill('mia');
    await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
    await page.getByLabel('Password again').fill(PASSWORD);
    await page.getByRole('button', { name: 'Make this desk mine' }).click();
    await shoot(page, 'staff overview empty');
    for (const name of ['tickets', 'customers', 'pins', 'files']) {
      await page.goto(`${desk.url}/admin/${name}`);
      await shoot(page, `staff ${name} empty`);
    }
    await desk.stop();
    await page.context().clearCookies();
    await logIn(page, customer.pin);
    await shoot(page, 'tickets empty');
    guard.allowBroken();
  });

  test.describe('staff', () => {
    test.use({ as: 'admin' });

    test('pages', async ({ page, filled, guard }) => {
      guard.expect(404);
      for (const [name, path] of Object.entries(staffPages(filled))) {
        await page.goto(path);
        await shoot(page, name);
      }
      await page.goto('/admin');
      await page.setViewportSize({ width: 390, height: 844 });
      await page.getByRole('button', { name: 'Menu' }).click();
      await settled(page);
      await page.screenshot({ path: join(folder, 'staff-menu-390-light.png') });
      await page.setViewportSize({ width: 1440, height: 900 });
      await page.goto('/admin');
      await page.getByRole('button', { name: /Go to/ }).click();
      await shoot(page, 'staff palette');
    });

    test('an issued PIN', async ({ page, filled }) => {
      await page.goto(staffPages(filled)['staff customer']);
      await page.getByRole('button', { name: 'Issue a PIN' }).click();
      await expect(page.locator('#issued-pin')).toBeVisible();
      await shoot(page, 'staff PIN issued');
      await page.emulateMedia({ media: 'print', colorScheme: 'light' });
      await page.screenshot({ path: join(folder, 'staff-PIN-printed.png') });
    });
  });

  test('for the README', async ({ page, desk, filled, another }) => {
    mkdirSync(docs, { recursive: true });
    const picture = async (of: Page, name: string) => {
      await of.setViewportSize({ width: 1440, height: 860 });
      await settled(of);
      await of.screenshot({ path: join(docs, `${name}.png`) });
    };
    await enter(page, desk, filled);
    await page.goto(`/tickets/${filled.ticket.id}`);
    await expect(page.getByRole('link', { name: 'Open test-print.png' }).locator('img')).toBeVisible();
    // From the files on, so that the conversation is in it.
    await page.evaluate(() => document.querySelector('.attachments')?.scrollIntoView());
    await picture(page, 'ticket');
    const staff = await another();
    await staff.context().addCookies((await desk.staff()).admin);
    await staff.goto('/admin/tickets');
    await picture(staff, 'staff-tickets');
  });
});
