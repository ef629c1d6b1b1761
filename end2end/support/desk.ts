// A server of its own: started on a free port with an empty data folder, and stopped as an operator would.

import { spawn, execFile, type ChildProcess } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import type { BrowserContext } from '@playwright/test';

const root = resolve(__dirname, '../..');
const binary = process.env.PINDESK_BIN ?? join(root, 'target/release/pindesk');
const run = promisify(execFile);

export const PASSWORD = 'a long enough password';

export type Customer = { username: string; name: string; pin: string };
export type Cookie = Awaited<ReturnType<BrowserContext['cookies']>>[number];
export type Staff = { admin: Cookie[]; agent: Cookie[] };
export type Settings = Record<string, string>;

/** Limits that journeys running side by side do not reach. */
const ROOMY: Settings = {
  PINDESK_FAILURES_PER_CLIENT: '1000000',
  PINDESK_FAILURES_PER_MINUTE: '1000000',
  PINDESK_WRITES_PER_MINUTE: '1000000',
  PINDESK_READS_PER_MINUTE: '1000000',
  PINDESK_ACCESS_TOKEN_LIFE: '2h',
};

/** The settings of the server under test are those given, not those of the shell around it. */
function environment(settings: Settings): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(([name]) => !name.startsWith('PINDESK_') && !name.startsWith('LEPTOS_'));
  return { ...Object.fromEntries(kept), ...settings };
}

export async function freePort(): Promise<number> {
  return new Promise((found, failed) => {
    const server = createServer();
    server.once('error', failed);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      const port = address !== null && typeof address === 'object' ? address.port : 0;
      server.close(() => found(port));
    });
  });
}

function serve(settings: Settings): ChildProcess {
  return spawn(binary, ['serve'], { cwd: root, env: environment(settings), stdio: ['ignore', 'pipe', 'pipe'] });
}

/** Sends a plain form as a browser does, and gives the cookies that were set. */
export async function sendForm(url: string, fields: Record<string, string>, cookies: Cookie[] = []): Promise<Cookie[]> {
  const answer = await fetch(url, {
    method: 'POST',
    redirect: 'manual',
    headers: { 'sec-fetch-site': 'same-origin', cookie: cookies.map(({ name, value }) => `${name}=${value}`).join('; ') },
    body: new URLSearchParams(fields),
  });
  if (answer.status !== 303) {
    // What is wrong stands in an alert of the page.
    const page = await answer.text();
    const said = page.slice(Math.max(0, page.indexOf('role="alert"'))).slice(0, 1000);
    throw new Error(`${url} answered ${answer.status}: ${said}`);
  }
  return answer.headers.getSetCookie().map((line) => {
    const [name, value] = line.split(';')[0].split('=');
    return { name, value, domain: '127.0.0.1', path: '/', expires: -1, httpOnly: true, secure: false, sameSite: 'Lax' };
  });
}

export class Desk {
  readonly url: string;
  log = '';
  private count = 0;
  private pins = 0;
  private sessions: Promise<Staff> | undefined;

  private constructor(
    private server: ChildProcess,
    private readonly folder: string,
    private readonly settings: Settings,
  ) {
    this.url = settings.PINDESK_PUBLIC_URL ?? `http://${settings.LEPTOS_SITE_ADDR}`;
    this.listen();
    // A run that is broken off leaves no server and no data behind.
    process.once('exit', () => {
      this.server.kill('SIGKILL');
      rmSync(folder, { recursive: true, force: true });
    });
  }

  private listen(): void {
    const note = (chunk: Buffer) => {
      this.log += chunk.toString();
    };
    this.server.stdout?.on('data', note);
    this.server.stderr?.on('data', note);
  }

  /** Starts a server; `settings` win over limits that nobody reaches. It has no admin yet. Some of what browsers do wants a name. */
  static async start(settings: Settings = {}, name?: string): Promise<Desk> {
    if (!existsSync(binary)) {
      throw new Error(`there is no ${binary}: run \`cargo xtask build\`, or set PINDESK_BIN`);
    }
    const folder = mkdtempSync(join(tmpdir(), 'pindesk-end2end-'));
    const port = await freePort();
    const all = {
      ...ROOMY,
      LEPTOS_SITE_ADDR: `127.0.0.1:${port}`,
      ...(name === undefined ? {} : { PINDESK_PUBLIC_URL: `http://${name}:${port}` }),
      PINDESK_DATA_DIR: join(folder, 'data'),
      ...settings,
    };
    const desk = new Desk(serve(all), folder, all);
    await desk.ready();
    return desk;
  }

  private async ready(): Promise<void> {
    for (let attempt = 0; attempt < 300; attempt += 1) {
      if (this.server.exitCode !== null) break;
      const ready = await fetch(`${this.url}/readyz`).then((answer) => answer.ok, () => false);
      if (ready) return;
      await new Promise((done) => setTimeout(done, 50));
    }
    this.server.kill('SIGKILL');
    throw new Error(`the server did not get ready:\n${this.log}`);
  }

  /** Ends the server as a power cut would. */
  async kill(): Promise<void> {
    const ended = new Promise((done) => this.server.once('exit', done));
    this.server.kill('SIGKILL');
    await ended;
  }

  /** Starts it again on the same data and address. */
  async restart(): Promise<void> {
    this.server = serve(this.settings);
    this.listen();
    await this.ready();
  }

  /** Starts a server with an admin, `mia`. */
  static async startWithAdmin(settings: Settings = {}, name?: string): Promise<Desk> {
    const desk = await Desk.start(settings, name);
    await desk.call(['createsuperuser', '--username', 'mia', '--email', 'mia@desk.example', '--password-stdin'], PASSWORD);
    return desk;
  }

  /** Stops it, changes its database as no page can, and starts it again. */
  async change(sql: string): Promise<void> {
    await this.end();
    const { default: load } = await import('sql.js');
    const file = join(this.folder, 'data/pindesk.db');
    const bytes = readFileSync(file);
    // A database in memory has no log beside it: the two bytes that ask for one say so (SQLite, file format, 1.3.3).
    bytes.fill(1, 18, 20);
    const database = new (await load()).Database(bytes);
    database.run(sql);
    if (database.getRowsModified() === 0) throw new Error(`nothing was changed by ${sql}`);
    writeFileSync(file, database.export(), { mode: 0o600 });
    database.close();
    await this.restart();
  }

  /** Stops it by SIGTERM: it must end by itself, with 0, and must not have panicked. */
  async stop(): Promise<void> {
    await this.end();
    rmSync(this.folder, { recursive: true, force: true });
  }

  private async end(): Promise<void> {
    const ended = new Promise<number | string | null>((done) => {
      if (this.server.exitCode !== null) done(this.server.exitCode);
      this.server.once('exit', (code, signal) => done(code ?? signal));
    });
    this.server.kill('SIGTERM');
    const late = setTimeout(() => this.server.kill('SIGKILL'), 20_000);
    const code = await ended;
    clearTimeout(late);
    if (code !== 0) throw new Error(`the server ended with ${code} after SIGTERM:\n${this.log}`);
    if (/panicked at| ERROR /.test(this.log)) throw new Error(`the server's log has an error in it:\n${this.log}`);
  }

  /** Runs `pindesk` on the data of this server and gives what it prints. */
  async call(args: string[], input?: string): Promise<string> {
    const running = run(binary, args, { cwd: root, env: environment(this.settings) });
    // Only to who reads it: one that is done by then would break the pipe.
    if (input !== undefined) running.child.stdin?.end(`${input}\n`);
    return (await running).stdout.trim();
  }

  /** Sessions of an admin (`mia`) and an agent (`sam`), for journeys that do not end them. Opened when first needed. */
  staff(): Promise<Staff> {
    this.sessions ??= (async () => {
      const admin = await this.logIn('mia');
      await this.agent('sam', 'Sam Weber', admin);
      return { admin, agent: await this.logIn('sam') };
    })();
    return this.sessions;
  }

  /** Adds an agent; the password is `PASSWORD`. */
  async agent(username: string, name: string, admin?: Cookie[]): Promise<void> {
    const email = `${username}@desk.example`;
    const fields = { username, name, email, role: 'agent', password: PASSWORD, password_again: PASSWORD };
    const cookies = admin ?? (await this.staff()).admin;
    await sendForm(`${this.url}/admin/staff?fn=create_staff_member`, fields, cookies);
  }

  private logIn(username: string): Promise<Cookie[]> {
    return sendForm(`${this.url}/admin/login?fn=staff_login`, { username, password: PASSWORD, next: '' });
  }

  /** A new customer with an unused PIN. */
  async customer(name = 'Ana Ruiz', username?: string): Promise<Customer> {
    this.count += 1;
    const login = username ?? `${name.toLowerCase().replace(/[^a-z]+/g, '.')}.${this.count}`;
    await this.call(['customer', 'create', login, '--name', name, '--email', `${login}@example.com`, '--json']);
    return { username: login, name, pin: await this.pin(login) };
  }

  /** Another PIN for a customer. It has a label of its own: one for the same would take the place of those before. */
  async pin(username: string, ttl = '24h'): Promise<string> {
    this.pins += 1;
    const label = `Journey ${this.pins}`;
    const issued = JSON.parse(await this.call(['pin', 'create', username, '--ttl', ttl, '--label', label, '--json']));
    return issued[0].pin;
  }

  /** A PIN that opens less than the customer may do, by the options of `pindesk pin create`. */
  async narrowPin(username: string, ...options: string[]): Promise<string> {
    return JSON.parse(await this.call(['pin', 'create', username, ...options, '--json']))[0].pin;
  }

  /** Redeems a PIN through REST, for what a journey needs but is not about. */
  async client(pin: string): Promise<Client> {
    const answer = await fetch(`${this.url}/api/users/login/`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ pin }),
    });
    if (!answer.ok) throw new Error(`login by REST: ${answer.status} ${await answer.text()}`);
    return new Client(this.url, (await answer.json()).access);
  }
}

export type NewFile = { name: string; mimeType: string; buffer: Buffer };
export type NewTicket = { title: string; description?: string; priority?: string; category?: string; files?: NewFile[] };
export type Ticket = {
  id: number;
  title: string;
  description: string;
  status: string;
  priority: string;
  category: string;
  attachments: { id: number; file: string; name: string; size: number }[];
};

/** A REST client of one customer. */
export class Client {
  constructor(
    private readonly url: string,
    private readonly access: string,
  ) {}

  async open(ticket: NewTicket): Promise<Ticket> {
    const body = new FormData();
    body.set('title', ticket.title);
    body.set('description', ticket.description ?? 'It is as the title says.');
    if (ticket.priority !== undefined) body.set('priority', ticket.priority);
    if (ticket.category !== undefined) body.set('category', ticket.category);
    for (const file of ticket.files ?? []) {
      body.append('attachments', new Blob([file.buffer], { type: file.mimeType }), file.name);
    }
    const answer = await fetch(`${this.url}/api/tickets/`, {
      method: 'POST',
      headers: { authorization: `Bearer ${this.access}` },
      body,
    });
    if (answer.status !== 201) throw new Error(`new ticket by REST: ${answer.status} ${await answer.text()}`);
    return answer.json();
  }

  /** Sends bytes as they are. */
  post(path: string, kind: string, body: BodyInit): Promise<Response> {
    const headers = { authorization: `Bearer ${this.access}`, 'content-type': kind };
    return fetch(`${this.url}${path}`, { method: 'POST', headers, body });
  }

  async reply(id: number, body: string): Promise<void> {
    const answer = await this.post(`/api/tickets/${id}/replies/`, 'application/json', JSON.stringify({ body }));
    if (answer.status !== 201) throw new Error(`reply by REST: ${answer.status} ${await answer.text()}`);
  }

  async tickets(): Promise<Ticket[]> {
    const answer = await fetch(`${this.url}/api/tickets/`, { headers: { authorization: `Bearer ${this.access}` } });
    if (!answer.ok) throw new Error(`tickets by REST: ${answer.status}`);
    return answer.json();
  }
}
