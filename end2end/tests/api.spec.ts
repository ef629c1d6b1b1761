// The REST API as programs of other people use it: a page of another site, and clients that write names in their own way.

import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { resolve } from 'node:path';
import { Desk, type NewFile, type Ticket } from '../support/desk';
import { asWritten, pdf, png } from '../support/files';
import { expect, logIn, test } from '../support/test';
import { expectDownloads } from '../support/tickets';

test.describe('a page of another site', () => {
  type Elsewhere = { url: string; server: Server };
  const elsewhere = test.extend<object, { desk: Desk; site: Elsewhere }>({
    // A page with axios and nothing else, under a name other than the desk's.
    site: [
      async ({}, use) => {
        const axios = readFileSync(resolve(__dirname, '../node_modules/axios/dist/axios.min.js'));
        const server = createServer((request, response) => {
          const isScript = request.url === '/axios.js';
          response.setHeader('content-type', isScript ? 'text/javascript' : 'text/html; charset=utf-8');
          const page = '<!DOCTYPE html><title>Elsewhere</title><link rel="icon" href="data:,"><script src="/axios.js"></script>';
          response.end(isScript ? axios : page);
        });
        await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
        await use({ url: `http://localhost:${(server.address() as AddressInfo).port}`, server });
        server.closeAllConnections();
        await new Promise((done) => server.close(done));
      },
      { scope: 'worker' },
    ],
    desk: [
      async ({ site }, use) => {
        const desk = await Desk.startWithAdmin({ PINDESK_CORS_ORIGINS: site.url });
        await use(desk);
        await desk.stop();
      },
      { scope: 'worker' },
    ],
  });

  elsewhere('logs in by PIN, opens a ticket with a file and reads it back', async ({ page, desk, customer, site, guard }) => {
    guard.expect(400);
    guard.expect(401);
    const file = pdf('Rechnung für März.pdf');
    await page.goto(site.url);
    const seen = await page.evaluate(
      async ({ url, pin, name, bytes }) => {
        const axios = (window as never as { axios: typeof import('axios').default }).axios;
        const api = axios.create({ baseURL: url, timeout: 10_000 });
        const status = (error: unknown) => (axios.isAxiosError(error) ? (error.response?.status ?? error.message) : String(error));
        const wrong = await api.post('/api/users/login/', { pin: 'SUP-0000-0000' }).catch(status);
        const { access, refresh } = (await api.post('/api/users/login/', { pin })).data;
        api.defaults.headers.common.Authorization = `Bearer ${access}`;
        const form = new FormData();
        form.append('title', 'Sent from elsewhere');
        form.append('description', 'By axios.');
        const sent = Uint8Array.from(atob(bytes), (letter) => letter.charCodeAt(0));
        form.append('attachments', new File([sent], name, { type: 'application/pdf' }));
        let progress = 0;
        const opened = await api.post('/api/tickets/', form, { onUploadProgress: ({ loaded }) => (progress = loaded) });
        const listed = (await api.get('/api/tickets/')).data;
        // The address without what is signed into it: it is the header that lets the program in.
        const address = new URL(opened.data.attachments[0].file);
        const nobody = await axios.get(address.origin + address.pathname).catch(status);
        const got = await api.get(address.origin + address.pathname, { responseType: 'arraybuffer' });
        const renewed = (await api.post('/api/token/refresh/', { refresh })).data.access;
        await api.post('/api/token/blacklist/', { refresh });
        const over = await api.get('/api/tickets/', { headers: { Authorization: `Bearer ${renewed}` } }).catch(status);
        return {
          statuses: { wrong, opened: opened.status, nobody, got: got.status, over },
          listed: listed.map((ticket: { title: string }) => ticket.title),
          name: opened.data.attachments[0].name,
          disposition: String(got.headers['content-disposition']),
          isSame: sent.length === got.data.byteLength && new Uint8Array(got.data).every((byte, at) => byte === sent[at]),
          progress,
        };
      },
      { url: desk.url, pin: customer.pin, name: file.name, bytes: file.buffer.toString('base64') },
    );
    expect(seen.statuses).toEqual({ wrong: 400, opened: 201, nobody: 401, got: 200, over: 401 });
    expect(seen.listed).toEqual(['Sent from elsewhere']);
    expect(seen.name).toBe(file.name);
    expect(seen.disposition).toContain(encodeURIComponent('Rechnung für März.pdf'));
    expect(seen.isSame, 'the file comes back byte for byte').toBe(true);
    expect(seen.progress).toBeGreaterThan(file.buffer.length);
  });

  elsewhere('is let in only if the desk lists it', async ({ page, desk, customer, site, guard }) => {
    guard.allowBroken();
    // The same page under another name is another site.
    await page.goto(site.url.replace('localhost', '127.0.0.1'));
    const outcome = await page.evaluate(
      async ({ url, pin }) => {
        const axios = (window as never as { axios: typeof import('axios').default }).axios;
        return axios.post(`${url}/api/users/login/`, { pin }).then(
          () => 'let in',
          (error: { code?: string }) => error.code,
        );
      },
      { url: desk.url, pin: customer.pin },
    );
    expect(outcome).toBe('ERR_NETWORK');
    // Only an unused PIN can be revoked.
    expect(await desk.call(['pin', 'revoke', customer.pin])).toContain('Revoked');
  });
});

/** The bytes that an answer's address leads to, without a header. */
const read = async (address: string) => Buffer.from(await (await fetch(address)).arrayBuffer());

async function expectKept(ticket: Ticket, files: NewFile[]): Promise<void> {
  expect(ticket.attachments.map(({ name }) => name)).toEqual(files.map(({ name }) => name));
  for (const [index, { name, buffer }] of files.entries()) {
    expect((await read(ticket.attachments[index].file)).equals(buffer), `${name} comes back byte for byte`).toBe(true);
  }
}

test('files come back as their programs wrote them, sent by REST', async ({ page, customer, desk }) => {
  const files = asWritten();
  const client = await desk.client(await desk.pin(customer.username));
  const ticket = await client.open({ title: 'As written', files });
  await expectKept(ticket, files);
  await logIn(page, customer.pin);
  await page.goto(`/tickets/${ticket.id}`);
  await expectDownloads(page, files);
});

test('names are read as .NET writes them', async ({ page, customer, desk }) => {
  const files = [pdf('Übersicht März 報告.pdf'), png('Küche – links.png'), pdf('plain.pdf')];
  const extended = (name: string) => encodeURIComponent(name).replaceAll("'", '%27');
  const printable = (name: string) =>
    [...Buffer.from(name)].map((byte) => `=${byte.toString(16).toUpperCase().padStart(2, '0')}`).join('');
  const named = [
    `=?utf-8?B?${Buffer.from(files[0].name).toString('base64')}?=`,
    `=?utf-8?Q?${printable(files[1].name)}?=`,
    'plain.pdf',
  ];
  const boundary = '5d1a2c3e-77aa-4b0c-8f6e-2f1d0a9b8c7d';
  const text = (name: string, value: string) =>
    Buffer.from(
      `--${boundary}\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Disposition: form-data; name=${name}\r\n\r\n${value}\r\n`,
    );
  const parts = files.flatMap(({ name, mimeType, buffer }, index) => [
    Buffer.from(
      `--${boundary}\r\nContent-Type: ${mimeType}\r\nContent-Disposition: form-data; name=attachments; ` +
        `filename="${named[index]}"; filename*=utf-8''${extended(name)}\r\n\r\n`,
    ),
    buffer,
    Buffer.from('\r\n'),
  ]);
  const client = await desk.client(await desk.pin(customer.username));
  const answer = await client.post(
    '/api/tickets/',
    `multipart/form-data; boundary="${boundary}"`,
    Buffer.concat([text('title', 'Von .NET für Sie'), text('description', 'Größe'), ...parts, Buffer.from(`--${boundary}--\r\n`)]),
  );
  expect(answer.status, await answer.clone().text()).toBe(201);
  const ticket: Ticket = await answer.json();
  expect([ticket.title, ticket.description]).toEqual(['Von .NET für Sie', 'Größe']);
  await expectKept(ticket, files);
  await logIn(page, customer.pin);
  await page.goto(`/tickets/${ticket.id}`);
  await expectDownloads(page, files);
});
