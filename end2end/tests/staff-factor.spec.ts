// Second factors of staff: set up, log in with a code, get in without the phone.

import { createHmac } from 'node:crypto';
import { Desk } from '../support/desk';
import { inspect } from '../support/checks';
import { expect, PASSWORD, test, type Page } from '../support/test';

/** What an authenticator app shows, so many steps from now (RFC 6238). */
function code(secret: string, steps = 0): string {
  const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
  const bits = [...secret.replace(/\s/g, '')].map((letter) => letters.indexOf(letter).toString(2).padStart(5, '0')).join('');
  const key = Buffer.from((bits.match(/.{8}/g) ?? []).map((byte) => parseInt(byte, 2)));
  const step = Buffer.alloc(8);
  step.writeBigInt64BE(BigInt(Math.floor(Date.now() / 30_000) + steps));
  const hash = createHmac('sha1', key).update(step).digest();
  const number = hash.readUInt32BE(hash[19] & 0xf) & 0x7fff_ffff;
  return String(number % 1_000_000).padStart(6, '0');
}

async function givePassword(page: Page, username: string): Promise<void> {
  await page.goto('/admin/login');
  await page.getByLabel('Username').fill(username);
  await page.getByLabel('Password').fill(PASSWORD);
  await page.getByRole('button', { name: 'Log in' }).click();
}

async function giveCode(page: Page, typed: string): Promise<void> {
  await page.getByLabel('Code', { exact: true }).fill(typed);
  await page.getByRole('button', { name: 'Log in' }).click();
}

for (const javaScriptEnabled of [true, false]) {
  test.describe(javaScriptEnabled ? 'with script' : 'without script', () => {
    test.use({ javaScriptEnabled });

    test('a second factor is set up, asked for and switched off', async ({ page, desk, guard, another }) => {
      guard.expect(400);
      const look = async () => (javaScriptEnabled ? inspect(page) : undefined);
      const username = javaScriptEnabled ? 'iris' : 'ivar';
      await desk.agent(username, 'Iris Moe');
      await givePassword(page, username);
      await expect(page).toHaveURL('/admin');
      await page.goto((await page.locator('a[title="Your account"]').getAttribute('href')) ?? '');
      await page.getByRole('link', { name: 'Set up a second factor' }).click();
      await look();
      await page.getByLabel('Current password').fill(PASSWORD);
      await page.getByRole('button', { name: 'Go on' }).click();
      await expect(page.getByRole('img', { name: 'QR code for your authenticator app' })).toBeVisible();
      await look();
      const secret = await page.locator('#factor-secret').innerText();
      await page.getByLabel('Code', { exact: true }).fill('000000');
      await page.getByRole('button', { name: 'Switch it on' }).click();
      await expect(page.getByText('This is not the code that the app shows')).toBeVisible();
      await page.getByLabel('Code', { exact: true }).fill(code(secret));
      await page.getByRole('button', { name: 'Switch it on' }).click();
      await expect(page.getByRole('heading', { name: 'Your recovery codes' })).toBeVisible();
      const codes = await page.locator('.factor-codes li').allInnerTexts();
      expect(codes).toHaveLength(10);
      await look();
      await page.getByRole('link', { name: 'I have kept them' }).click();
      await expect(page).toHaveURL('/admin');

      const elsewhere = await another();
      await givePassword(elsewhere, username);
      await expect(elsewhere).toHaveURL('/admin/login/code?next=/admin');
      if (javaScriptEnabled) await inspect(elsewhere);
      await elsewhere.goto('/admin/tickets');
      await expect(elsewhere, 'half in is not in').toHaveURL('/admin/login?next=/admin/tickets');
      await elsewhere.goto('/admin/login/code?next=/admin/tickets');
      await giveCode(elsewhere, '000000');
      await expect(elsewhere.getByText('This code is wrong, or was used already.')).toBeVisible();
      await giveCode(elsewhere, code(secret, 1));
      await expect(elsewhere).toHaveURL('/admin/tickets');

      // The phone is gone.
      await elsewhere.context().clearCookies();
      await givePassword(elsewhere, username);
      await giveCode(elsewhere, codes[0]);
      await expect(elsewhere).toHaveURL('/admin');
      await elsewhere.goto('/admin/second-factor');
      await expect(elsewhere.getByText('9 recovery codes are left.')).toBeVisible();
      if (javaScriptEnabled) await inspect(elsewhere);
      await elsewhere.getByLabel('Current password').fill(PASSWORD);
      await elsewhere.getByLabel('Code', { exact: true }).fill(codes[1]);
      await elsewhere.getByRole('button', { name: 'Switch it off' }).click();
      await expect(elsewhere.getByText('Your second factor is switched off.')).toBeVisible();
      await expect(elsewhere.getByText('Your password alone lets you in.')).toBeVisible();
    });
  });
}

test('a desk that asks for one leads there first, and an admin takes it away from who lost it', async ({ browser, guard }) => {
  const desk = await Desk.startWithAdmin({ PINDESK_REQUIRE_SECOND_FACTOR: 'admins' });
  try {
    await desk.call(['createsuperuser', '--username', 'kim', '--password-stdin'], PASSWORD);
    const context = await browser.newContext({ baseURL: desk.url });
    guard.watch(context);
    const page = await context.newPage();
    await givePassword(page, 'mia');
    await expect(page).toHaveURL('/admin/second-factor');
    await page.goto('/admin/staff');
    await expect(page).toHaveURL('/admin/second-factor');
    await inspect(page);
    await page.getByLabel('Current password').fill(PASSWORD);
    await page.getByRole('button', { name: 'Go on' }).click();
    const secret = await page.locator('#factor-secret').innerText();
    await page.getByLabel('Code', { exact: true }).fill(code(secret));
    await page.getByRole('button', { name: 'Switch it on' }).click();
    await page.getByRole('link', { name: 'I have kept them' }).click();
    await expect(page.getByRole('heading', { name: 'Overview' })).toBeVisible();
    await page.goto('/admin/staff');
    await page.getByRole('link', { name: 'kim' }).click();
    await expect(page.getByText('Their password alone lets them in.')).toBeVisible();
    expect(await desk.call(['factor', 'remove', 'mia'])).toContain('ended 1 session');
    await givePassword(page, 'mia');
    await expect(page, 'and sets up another one').toHaveURL('/admin/second-factor');
    await context.close();
  } finally {
    await desk.stop();
  }
});
