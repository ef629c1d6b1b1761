// Passkeys of staff: added, asked for at the log-in and removed, with the browser's own make-believe device.

import { generateKeyPairSync } from 'node:crypto';
import type { CDPSession } from '@playwright/test';
import { inspect } from '../support/checks';
import { Desk, PASSWORD } from '../support/desk';
import { Guard } from '../support/guard';
import { expect, test, type Page } from '../support/test';

async function givePassword(page: Page): Promise<void> {
  await page.goto('/admin/login');
  await page.getByLabel('Username').fill('mia');
  await page.getByLabel('Password').fill(PASSWORD);
  await page.getByRole('button', { name: 'Log in' }).click();
}

/** A device in the browser that verifies its owner and answers by itself. */
async function device(cdp: CDPSession): Promise<string> {
  await cdp.send('WebAuthn.enable');
  const options = {
    protocol: 'ctap2',
    transport: 'internal',
    hasResidentKey: true,
    hasUserVerification: true,
    isUserVerified: true,
    automaticPresenceSimulation: true,
  } as const;
  return (await cdp.send('WebAuthn.addVirtualAuthenticator', { options })).authenticatorId;
}

test('a passkey is added, logs in and is removed', async ({ browser }) => {
  test.slow();
  // Passkeys belong to a name.
  const desk = await Desk.startWithAdmin({}, 'localhost');
  try {
    const guard = new Guard(desk.url, true);
    guard.expect(400);
    const context = await browser.newContext({ baseURL: desk.url });
    guard.watch(context);
    const page = await context.newPage();
    const cdp = await context.newCDPSession(page);
    const authenticatorId = await device(cdp);

    await givePassword(page);
    await expect(page).toHaveURL('/admin');
    await page.goto('/admin/second-factor');
    await page.getByRole('link', { name: 'Add a passkey instead' }).click();
    await page.getByLabel('Name').fill('Work phone');
    await page.getByLabel('Current password').fill(PASSWORD);
    await inspect(page);
    await page.getByRole('button', { name: 'Go on' }).click();
    await inspect(page);
    await page.getByRole('button', { name: 'Make it now' }).click();
    await expect(page.getByRole('heading', { name: 'Your recovery codes' })).toBeVisible();
    const codes = await page.locator('.factor-codes li').allInnerTexts();
    expect(codes).toHaveLength(10);
    await page.getByRole('link', { name: 'I have kept them' }).click();
    await expect(page).toHaveURL('/admin');

    // Log in with it, and keep what the browser sent.
    await context.clearCookies();
    await givePassword(page);
    await expect(page).toHaveURL('/admin/login/code?next=/admin');
    await inspect(page);
    const sent = page.waitForRequest((request) => request.method() === 'POST');
    await page.getByRole('button', { name: 'Use a passkey' }).click();
    await expect(page).toHaveURL('/admin');
    const before = new URLSearchParams((await sent).postData() ?? '').get('factor_passkey') ?? '';
    expect(JSON.parse(before).type).toBe('public-key');

    // What was signed at another log-in.
    await context.clearCookies();
    await givePassword(page);
    await page.locator('input[name=factor_passkey]').evaluate((field: HTMLInputElement, answer) => {
      field.value = answer;
      field.form?.requestSubmit();
    }, before);
    await expect(page.getByText('This passkey was not accepted.')).toBeVisible();
    // Another's key under the same name.
    const [own] = (await cdp.send('WebAuthn.getCredentials', { authenticatorId })).credentials;
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const stranger = privateKey.export({ format: 'der', type: 'pkcs8' }).toString('base64');
    const swap = async (key: string, signCount: number) => {
      await cdp.send('WebAuthn.clearCredentials', { authenticatorId });
      await cdp.send('WebAuthn.addCredential', { authenticatorId, credential: { ...own, privateKey: key, signCount } });
    };
    await swap(stranger, own.signCount + 1);
    await page.getByRole('button', { name: 'Use a passkey' }).click();
    await expect(page.getByText('This passkey was not accepted.')).toBeVisible();
    // A copy of the right one, from before.
    await swap(own.privateKey, 0);
    await page.getByRole('button', { name: 'Use a passkey' }).click();
    await expect(page.getByText('This passkey was not accepted.')).toBeVisible();
    // A device that says no.
    await cdp.send('WebAuthn.setUserVerified', { authenticatorId, isUserVerified: false });
    await page.getByRole('button', { name: 'Use a passkey' }).click();
    await expect(page.getByText('It was cancelled, or took too long.')).toBeVisible();
    await cdp.send('WebAuthn.setUserVerified', { authenticatorId, isUserVerified: true });
    await swap(own.privateKey, own.signCount + 10);
    await page.getByRole('button', { name: 'Use a passkey' }).click();
    await expect(page).toHaveURL('/admin');
    await page.goto('/admin/audit');
    await expect(page.getByText('its counter went backwards')).toBeVisible();

    // Without script a code is typed.
    const bare = await browser.newContext({ baseURL: desk.url, javaScriptEnabled: false });
    const plain = await bare.newPage();
    await givePassword(plain);
    // Text in a `noscript` is found by the element alone.
    await expect(plain.locator('noscript p')).toHaveText('Passkeys need script, which is off in this browser.');
    await expect(plain.locator('noscript p')).toBeVisible();
    await expect(plain.getByRole('button', { name: 'Use a passkey' })).toBeHidden();
    await plain.getByLabel('Code', { exact: true }).fill(codes[0]);
    await plain.getByRole('button', { name: 'Log in' }).click();
    await expect(plain).toHaveURL('/admin');
    await bare.close();

    await page.goto('/admin/second-factor');
    await expect(page.getByText('9 recovery codes are left.')).toBeVisible();
    await inspect(page);
    await page.getByRole('link', { name: /Remove.*Work phone/ }).click();
    await page.getByLabel('Current password').fill(PASSWORD);
    await page.getByRole('button', { name: 'Confirm with a passkey' }).click();
    await expect(page.getByText('Confirmed.')).toBeVisible();
    await inspect(page);
    await page.getByRole('button', { name: 'Remove it' }).click();
    await expect(page.getByText('Your second factor is switched off.')).toBeVisible();
    await expect(page.getByText('Your password alone lets you in.')).toBeVisible();
    guard.check();
    await context.close();
  } finally {
    await desk.stop();
  }
});
