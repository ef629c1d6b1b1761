// A customer reads a Support PIN off a phone, a letter or a screen, types it, and is in.

import type { Locator, Page } from '@playwright/test';
import { expect, goOn, logIn, pinField, test, whose } from '../support/test';
import { Desk, PASSWORD } from '../support/desk';

const WRONG = /Invalid or used PIN\. Check each letter and digit/;
const heading = { name: 'Enter your Support PIN', level: 1 } as const;

test.describe('a PIN', () => {
  test('opens the tickets, typed as people type', async ({ page, customer, hasScript }) => {
    await page.goto('/');
    await expect(page.getByRole('heading', heading)).toBeVisible();
    await expect(pinField(page)).toBeFocused();
    const symbols = customer.pin.replace('SUP-', '').replace('-', ' ').toLowerCase().replaceAll('0', 'o').replaceAll('1', 'l');
    await page.keyboard.type(` sup ${symbols} `, { delay: 10 });
    // While it is typed, script shows the form that is on the card.
    if (hasScript) await expect(pinField(page)).toHaveValue(customer.pin);
    await page.keyboard.press('Enter');
    await goOn(page);
    await expect(page).toHaveURL('/tickets');
    await expect(page.getByText(customer.name)).toBeVisible();
    await expect(page.getByRole('heading', { name: 'My tickets' })).toBeVisible();
  });

  test('opens the tickets, pasted with the words around it', { tag: '@script' }, async ({ page, customer, context }) => {
    await context.grantPermissions(['clipboard-read', 'clipboard-write']);
    await page.goto('/');
    await page.evaluate((text) => navigator.clipboard.writeText(text), `Your PIN is ${customer.pin.toLowerCase()}.`);
    await pinField(page).focus();
    await page.keyboard.press('Control+V');
    await expect(pinField(page)).toHaveValue(customer.pin);
    await page.getByRole('button', { name: 'Log in' }).click();
    await goOn(page);
    await expect(page).toHaveURL('/tickets');
  });

  test('comes from a QR code and leaves the address at once', { tag: '@script' }, async ({ page, customer }) => {
    const asked: string[] = [];
    page.on('request', (request) => asked.push(request.url() + (request.postData() ?? '')));
    await page.goto(`/#${customer.pin}`);
    await expect(pinField(page)).toHaveValue(customer.pin);
    await expect(page).toHaveURL('/');
    expect(asked.filter((url) => url.includes(customer.pin))).toEqual([]);
    await page.getByRole('button', { name: 'Log in' }).click();
    await goOn(page);
    await expect(page).toHaveURL('/tickets');
  });

  test('that is wrong is refused, and says what to do', async ({ page, guard, customer }) => {
    guard.expect(400);
    await page.goto('/?next=/tickets/new');
    await pinField(page).fill('SUP-0000-0000');
    await page.getByRole('button', { name: 'Log in' }).click();
    await expect(page.getByText(WRONG)).toBeVisible();
    await expect(pinField(page)).toHaveAttribute('aria-invalid', 'true');
    await expect(pinField(page)).toHaveAccessibleDescription(WRONG);
    // A mistyped PIN costs nothing but the typing: the page asked for is still next.
    await pinField(page).fill(customer.pin);
    await page.getByRole('button', { name: 'Log in' }).click();
    await goOn(page);
    await expect(page).toHaveURL('/tickets/new');
  });

  test('works once', async ({ page, guard, customer, another }) => {
    guard.expect(400);
    await logIn(page, customer.pin);
    const second = await another();
    await second.goto('/');
    await pinField(second).fill(customer.pin);
    await second.getByRole('button', { name: 'Log in' }).click();
    await expect(second.getByText(WRONG)).toBeVisible();
    await expect(second).not.toHaveURL(/tickets/);
  });

  test('that was revoked is refused in the same words', async ({ page, guard, customer, desk }) => {
    guard.expect(400);
    await desk.call(['pin', 'revoke', customer.pin]);
    await page.goto('/');
    await pinField(page).fill(customer.pin);
    await page.getByRole('button', { name: 'Log in' }).click();
    await expect(page.getByText(WRONG)).toBeVisible();
  });
});

test('without a PIN the browser itself says that one is needed', async ({ page }) => {
  await page.goto('/');
  await page.getByRole('button', { name: 'Log in' }).click();
  await expect(page).toHaveURL('/');
  expect(await pinField(page).evaluate((input: HTMLInputElement) => input.validity.valueMissing)).toBe(true);
});

test('a page that wants a login comes back after it', async ({ page, customer }) => {
  await page.goto('/tickets/new');
  await expect(page).toHaveURL('/?next=/tickets/new');
  await pinField(page).fill(customer.pin);
  await page.getByRole('button', { name: 'Log in' }).click();
  await goOn(page);
  await expect(page).toHaveURL('/tickets/new');
  await page.goto('/');
  await expect(page, 'who is logged in needs no login page').toHaveURL('/tickets');
});

test('whoever logs in reads whose access it is, and can leave', async ({ page, customer, desk }) => {
  const client = await desk.client(await desk.pin(customer.username));
  const { id } = await client.open({ title: 'Broken door' });
  await page.goto('/?next=/tickets/new');
  await pinField(page).fill(await desk.narrowPin(customer.username, '--ticket', String(id), '--can', 'read,reply'));
  await page.getByRole('button', { name: 'Log in' }).click();
  await expect(whose(page)).toHaveText(`You are in as ${customer.name}`);
  await expect(page.getByText('Broken door')).toBeVisible();
  await expect(page.getByText(`ticket #${id}, read and reply`)).toBeVisible();
  await expect(page.locator('textarea, input[type=text], input[type=file]'), 'nothing can be written yet').toHaveCount(0);
  await page.getByRole('button', { name: 'Leave' }).click();
  await expect(page).toHaveURL('/');
  await page.goto('/tickets');
  await expect(page).toHaveURL('/?next=/tickets');
});

test('a login never leads to another site', async ({ page, customer }) => {
  await page.goto('/?next=//evil.example/tickets');
  await pinField(page).fill(customer.pin);
  await page.getByRole('button', { name: 'Log in' }).click();
  await goOn(page);
  await expect(page).toHaveURL('/tickets');
});

test('logging out ends the session, wherever its cookies went', async ({ page, customer, context, another }) => {
  await logIn(page, customer.pin);
  const cookies = await context.cookies();
  await page.getByRole('button', { name: 'Log out' }).click();
  await expect(page).toHaveURL('/');
  await page.goto('/tickets');
  await expect(page).toHaveURL('/?next=/tickets');
  const thief = await another();
  await thief.context().addCookies(cookies);
  await thief.goto('/tickets');
  await expect(thief).toHaveURL('/?next=/tickets');
});

test('the session is in cookies that script cannot read', async ({ page, customer, context }) => {
  await logIn(page, customer.pin);
  const cookies = (await context.cookies()).filter(({ name }) => name.startsWith('pindesk_') && name !== 'pindesk_theme');
  expect(cookies.map(({ name }) => name).sort()).toEqual(['pindesk_access', 'pindesk_refresh']);
  for (const cookie of cookies) {
    expect(cookie).toMatchObject({ httpOnly: true, sameSite: 'Lax' });
  }
});

test.describe('a double click', () => {
  // As on a network with a long way: the second request leaves before the first arrives.
  const clickTwice = async (page: Page, button: Locator) => {
    let go = () => {};
    const clicked = new Promise<void>((done) => {
      go = done;
    });
    await page.route('**/*', async (route) => {
      await clicked;
      await route.continue();
    });
    await button.dblclick();
    go();
  };

  test('on Log in lets one in', async ({ page, customer, desk }) => {
    await page.goto('/');
    await pinField(page).fill(customer.pin);
    await clickTwice(page, page.getByRole('button', { name: 'Log in' }));
    await goOn(page);
    await expect(page).toHaveURL('/tickets');
    await expect(page.getByText(customer.name)).toBeVisible();
    await page.unrouteAll({ behavior: 'ignoreErrors' });
    // One log-in, so one session; the session ended at once would not be.
    await page.goto('/sessions');
    await expect(page.getByText('This is you')).toBeVisible();
    await expect(page.getByRole('row')).toHaveCount(2);
    await expect(desk.call(['pin', 'revoke', customer.pin])).rejects.toThrow(/redeemed already/);
  });

  test('on Log in lets staff in', async ({ page }) => {
    await page.goto('/admin/login');
    await page.getByLabel('Username').fill('mia');
    await page.getByLabel('Password').fill(PASSWORD);
    await clickTwice(page, page.getByRole('button', { name: 'Log in' }));
    await expect(page).toHaveURL('/admin');
  });
});

test.describe('a PIN is read', () => {
  const write: [string, (pin: string) => string][] = [
    ['from a sentence', (pin) => `Your Support PIN is ${pin}. It works once.`],
    ['in full-width letters', (pin) => [...pin].map((c) => String.fromCharCode(c.charCodeAt(0) + 0xfee0)).join('')],
    ['with Arabic digits', (pin) => pin.replace(/[0-9]/g, (c) => String.fromCharCode(0x660 + Number(c)))],
    ['in the letters of formulas', (pin) => pin.replace(/[A-Z]/g, (c) => String.fromCodePoint(0x1d400 + c.charCodeAt(0) - 65))],
  ];
  for (const [name, written] of write) {
    test(name, async ({ page, customer }) => {
      await page.goto('/');
      await pinField(page).fill(written(customer.pin));
      await page.getByRole('button', { name: 'Log in' }).click();
      await goOn(page);
      await expect(page).toHaveURL('/tickets');
    });
  }
});

test('where no cookie stays the login says so, and the PIN stays unused', async ({ page, guard, customer, desk }) => {
  guard.expect(400);
  await page.route('**/*', async (route) => {
    const headers = await route.request().allHeaders();
    delete headers.cookie;
    await route.continue({ headers });
  });
  await page.goto('/');
  await page.context().clearCookies();
  await pinField(page).fill(customer.pin);
  await page.getByRole('button', { name: 'Log in' }).click();
  await expect(page.getByRole('alert')).toContainText('did not keep this site’s cookie');
  // Only an unused PIN can be revoked.
  expect(await desk.call(['pin', 'revoke', customer.pin])).toContain('Revoked');
});

test('after logging out, Back shows nothing of what was there', async ({ page, customer, context }) => {
  await logIn(page, customer.pin);
  const other = await context.newPage();
  await other.goto('/tickets');
  await other.goto('/tickets/new');
  await page.goto('/tickets/new');
  await page.getByRole('button', { name: 'Log out' }).click();
  await expect(page).toHaveURL('/');
  for (const tab of [page, other]) {
    await tab.goBack();
    await expect(tab).toHaveURL(/\/\?next=/);
    await expect(tab.getByText(customer.name)).toHaveCount(0);
  }
});

test('a customer sees where they are logged in, and logs out everywhere', async ({ page, customer, another, desk }) => {
  await logIn(page, customer.pin);
  const phone = await another();
  await logIn(phone, (await desk.call(['pin', 'create', customer.username])).trim());
  await page.getByRole('link', { name: /where you are logged in/i }).click();
  await expect(page.getByRole('heading', { name: 'Where you are logged in' })).toBeVisible();
  await expect(page.getByRole('row')).toHaveCount(3);
  await page.getByText('Log out everywhere').first().click();
  await page.getByRole('button', { name: 'Log out everywhere' }).click();
  await expect(page).toHaveURL('/');
  await phone.goto('/tickets');
  await expect(phone).toHaveURL('/?next=/tickets');
});

test.describe('on a desk with the usual limit', () => {
  const usual = test.extend<object, { desk: Desk }>({
    desk: [
      async ({}, use) => {
        const desk = await Desk.startWithAdmin({ PINDESK_FAILURES_PER_CLIENT: '3' });
        await use(desk);
        await desk.stop();
      },
      { scope: 'worker' },
    ],
  });

  usual('guessing ends in a wait, and the right PIN stays unused', async ({ page, guard, customer, desk }) => {
    guard.expect(400);
    guard.expect(429);
    await page.goto('/');
    for (const guess of ['SUP-0000-0001', 'SUP-0000-0002', 'SUP-0000-0003']) {
      await pinField(page).fill(guess);
      // The page before said so too: it is the answer to this guess that must have come.
      const refused = page.waitForEvent('load');
      await page.getByRole('button', { name: 'Log in' }).click();
      await refused;
      await expect(page.getByText(WRONG)).toBeVisible();
    }
    await pinField(page).fill(customer.pin);
    const answer = page.waitForResponse((response) => response.request().method() === 'POST');
    await page.getByRole('button', { name: 'Log in' }).click();
    expect((await answer).status()).toBe(429);
    expect(Number((await answer).headers()['retry-after'])).toBeGreaterThan(0);
    await expect(page.getByRole('alert')).toContainText(/Too many failed attempts\. Try again in \d+ minutes\./);
    // Only an unused PIN can be revoked.
    expect(await desk.call(['pin', 'revoke', customer.pin])).toContain('Revoked');
  });
});

test.describe('when the access token is over', () => {
  const short = test.extend<object, { desk: Desk }>({
    desk: [
      async ({}, use) => {
        const desk = await Desk.startWithAdmin({ PINDESK_ACCESS_TOKEN_LIFE: '1s', PINDESK_ROTATION_GRACE: '10s' });
        await use(desk);
        await desk.stop();
      },
      { scope: 'worker' },
    ],
  });

  short('pages, forms and uploads go on as if nothing were', async ({ page, customer, context, desk }) => {
    const cookie = async (wanted: string) => (await context.cookies()).find(({ name }) => name === wanted)?.value;
    const refresh = () => cookie('pindesk_refresh');
    // The token that the browser has now, until it opens nothing any more. The browser does not send it once it is over.
    const over = async () => {
      const access = await cookie('pindesk_access');
      const headers = { cookie: `pindesk_access=${access}` };
      await expect.poll(async () => (await fetch(`${desk.url}/tickets`, { redirect: 'manual', headers })).status).toBe(303);
    };
    await logIn(page, customer.pin);
    const first = await refresh();
    await over();
    await page.goto('/tickets/new');
    await expect(page.getByRole('heading', { name: 'New ticket' })).toBeVisible();
    const second = await refresh();
    expect(second, 'the refresh token rotates').not.toBe(first);
    await page.getByLabel('Title').fill('Slow typist');
    await page.getByLabel('Description').fill('This took longer than a token lives.');
    await over();
    await page.getByRole('button', { name: 'Open ticket' }).click();
    await expect(page).toHaveURL(/\/tickets\/\d+$/);
    await over();
    // Several requests at once, all with a token that is over.
    const answers = await Promise.all([1, 2, 3, 4].map(() => page.request.get('/tickets')));
    expect(answers.map((answer) => [answer.status(), new URL(answer.url()).pathname])).toEqual(Array(4).fill([200, '/tickets']));
    await page.goto('/tickets');
    await expect(page.getByRole('link', { name: 'Slow typist' })).toBeVisible();
  });
});
