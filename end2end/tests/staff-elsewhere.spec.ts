// Staff log in with accounts that they have elsewhere, at a real provider (OpenID Connect): the way there, the way back, and
// what is said when it is away.

import { Desk, freePort, PASSWORD } from '../support/desk';
import { Guard } from '../support/guard';
import { IdProvider } from '../support/id-provider';
import { expect, test, type Page } from '../support/test';

const CLIENT = { id: 'pindesk', secret: 'between the two of them' };

async function comeBy(page: Page, account: string): Promise<void> {
  await page.context().clearCookies();
  await page.goto('/admin/login?next=/admin/tickets');
  await page.getByRole('link', { name: 'Log in with Example ID' }).click();
  await page.getByLabel('Account').fill(account);
  await page.getByRole('button', { name: 'Sign in' }).click();
}

test('an account elsewhere lets staff in with the role that its claims give', async ({ browser }) => {
  test.slow();
  const issuer = `http://127.0.0.1:${await freePort()}`;
  const desk = await Desk.startWithAdmin({
    PINDESK_OIDC_ISSUER: issuer,
    PINDESK_OIDC_CLIENT_ID: CLIENT.id,
    PINDESK_OIDC_CLIENT_SECRET: CLIENT.secret,
    PINDESK_OIDC_ROLES: 'groups:desk=agent,groups:desk-admins=admin',
    PINDESK_OIDC_NAME: 'Example ID',
    // One password is left for when the provider is away.
    PINDESK_PASSWORD_LOGIN_FOR: 'mia',
  });
  const provider = await IdProvider.start(issuer, CLIENT, `${desk.url}/admin/login/sso/callback`, {
    eva: { name: 'Eva Moe', groups: ['desk'] },
    adam: { name: 'Adam Orr', groups: ['staff', 'desk-admins'] },
    zoe: { name: 'Zoe Lund', groups: ['sales'] },
  });
  try {
    const guard = new Guard(desk.url, true);
    guard.expect(403);
    const context = await browser.newContext({ baseURL: desk.url });
    guard.watch(context);
    const page = await context.newPage();

    await comeBy(page, 'eva');
    await expect(page).toHaveURL('/admin/tickets');
    expect((await page.goto('/admin/backups'))?.status(), 'an agent').toBe(403);

    await comeBy(page, 'adam');
    await expect(page).toHaveURL('/admin/tickets');
    expect((await page.goto('/admin/backups'))?.status(), 'an admin').toBe(200);
    await page.goto('/admin/staff');
    await expect(page.getByRole('row').filter({ hasText: 'Eva Moe' })).toContainText('Agent');

    await comeBy(page, 'zoe');
    await expect(page).toHaveURL('/admin/login?sso=role');
    await expect(page.getByText('Your account has no role in this desk.')).toBeVisible();

    // A role that is taken away there is gone here.
    provider.accounts.eva.groups = [];
    await comeBy(page, 'eva');
    await expect(page).toHaveURL('/admin/login?sso=role');
    provider.accounts.eva.groups = ['desk-admins'];
    await comeBy(page, 'eva');
    await expect(page).toHaveURL('/admin/tickets');
    expect((await page.goto('/admin/backups'))?.status()).toBe(200);

    // Away while somebody comes back, and from the beginning.
    provider.answersDesk = false;
    await comeBy(page, 'adam');
    await expect(page.getByText('The provider does not answer.')).toBeVisible();
    await provider.stop();
    await desk.kill();
    await desk.restart();
    await page.goto('/admin/login');
    await page.getByRole('link', { name: 'Log in with Example ID' }).click();
    await expect(page).toHaveURL('/admin/login?sso=away');
    await expect(page.getByText('The provider does not answer.')).toBeVisible();
    await page.getByLabel('Username').fill('mia');
    await page.getByLabel('Password').fill(PASSWORD);
    await page.getByRole('button', { name: 'Log in', exact: true }).click();
    await expect(page).toHaveURL('/admin');
    guard.check();
    await context.close();
  } finally {
    await provider.stop();
    await desk.stop();
  }
});
