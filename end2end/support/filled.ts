// A desk with something on every page, and the list of all pages.

import type { Page } from '@playwright/test';
import { asStaff, note, reply } from './conversation';
import { sendForm, type Cookie, type Customer, type Desk, type Ticket } from './desk';
import { docx, jpg, pdf, png } from './files';
import { logIn } from './test';

/** By number: the customer's ticket, themselves, somebody who takes two of staff, somebody without an identity; a batch of cards; what
 * the customer is asked to confirm. */
export type Filled = {
  customer: Customer;
  ticket: Ticket;
  customerId: number;
  sensitiveId: number;
  unknownId: number;
  batchId: number;
  approvalId: number;
};

/** Customers, tickets in every state, files, PINs and sessions. */
export async function fill(desk: Desk): Promise<Filled> {
  const customer = await desk.customer('Ana Ruiz', 'ana.ruiz');
  const client = await desk.client(await desk.pin(customer.username));
  const others = ['Ben Okafor', 'Chiara Conti', 'Dmitri Volkov', 'Emi Sato'];
  const titles = [
    ['VPN drops every afternoon', 'High', 'Bug'],
    ['Second monitor for the new desk', 'Low', 'Request'],
    ['Invoice 4711 lists the old address', 'Medium', 'Billing'],
    ['Cannot open the shared calendar on my phone', 'Medium', 'Bug'],
    ['Password reset for the time sheet', 'Urgent', 'Other'],
    ['Keyboard with German layout', 'Low', 'Request'],
    ['Screen flickers after the update', 'High', 'Bug'],
    ['Was I billed twice in October?', 'Medium', 'Billing'],
  ];
  const { admin } = await desk.staff();
  const set = (ticket: Ticket, status: string) =>
    sendForm(
      `${desk.url}/admin/tickets/${ticket.id}?fn=staff_update_ticket`,
      { id: String(ticket.id), status, shown_status: 'Open' },
      admin,
    );
  const states = ['Resolved', 'In Progress', 'Closed', 'Waiting on Customer'];
  for (const [index, name] of others.entries()) {
    const other = await desk.customer(name, name.toLowerCase().replace(' ', '.'));
    const theirs = await desk.client(other.pin);
    await desk.pin(other.username);
    for (const [title, priority, category] of titles.slice(index * 2, index * 2 + 2)) {
      const ticket = await theirs.open({ title, priority, category, files: index % 2 === 0 ? [pdf()] : [] });
      if (title.length % 2 === 0) await set(ticket, states[index]);
    }
  }
  const mine: [string, string, string, string][] = [
    ['Projector in room 3 stays dark', 'High', 'Bug', 'Closed'],
    ['Access to the photo archive', 'Low', 'Request', 'Resolved'],
    ['Badge does not open the side door', 'Medium', 'Other', 'Waiting on Customer'],
    ['Headset for calls', 'Low', 'Request', 'Open'],
  ];
  for (const [title, priority, category, status] of mine) {
    const ticket = await client.open({ title, priority, category });
    if (status !== 'Open') await set(ticket, status);
  }
  const ticket = await client.open({
    title: 'Printer prints stripes',
    description:
      'Since Monday every page from the printer in the hall has white stripes, from top to bottom, on every tray.\n\n' +
      'I cleaned it twice with the built-in program and put in a new cartridge; it got better for an hour and is as before now. ' +
      'The test print is attached, and the list of what I tried.',
    priority: 'High',
    category: 'Bug',
    files: [png('test-print.png'), jpg('label.jpg'), pdf('invoice-4711.pdf', 'Invoice 4711'), docx('what-i-tried.docx')],
  });
  await set(ticket, 'In Progress');
  await sendForm(
    `${desk.url}/admin/tickets/${ticket.id}?fn=staff_update_ticket`,
    { id: String(ticket.id), priority: 'Urgent', shown_priority: 'High' },
    admin,
  );
  await reply(desk, ticket.id, 'Thank you. Please:\n\n1. open the lid\n2. press `Reset`\n\nand send us **one more** page.', 'wait');
  await note(desk, ticket.id, 'The *drum* is from 2019. A new one is in room 7.');
  await client.reply(ticket.id, 'Done. It is better now:\n\n> one more page\n\nhas two stripes. See https://example.com/drum');
  await askFor(desk, others[2], admin);
  return { customer, ticket, customerId: await idOf(desk, customer.username), ...(await fillAccess(desk, ticket, 'Chiara Conti')) };
}

/** The number of a customer. */
export async function idOf(desk: Desk, username: string): Promise<number> {
  return Number(/href="\/admin\/customers\/(\d+)"/.exec(await asStaff(desk, `/admin/customers?q=${encodeURIComponent(username)}`))?.[1]);
}

/** Somebody asks for their access. */
async function askFor(desk: Desk, name: string, cookies: Cookie[]): Promise<void> {
  await sendForm(`${desk.url}/recover?fn=ask_recovery`, { name, callback: '+34 600 100 200, after five' }, cookies);
}

/** Somebody asked for their access, and staff said no. */
async function dismissOne(desk: Desk, name: string): Promise<void> {
  const { admin } = await desk.staff();
  await askFor(desk, name, admin);
  const form = /fn=dismiss_recovery.*?name="id" value="(\d+)"/s.exec(await asStaff(desk, '/admin/recoveries'));
  const fields = { id: form?.[1] ?? '', why: `Not ${name}` };
  await sendForm(`${desk.url}/admin/recoveries?fn=dismiss_recovery`, fields, admin);
}

/** What there is around access: a batch of cards, one who takes two of staff, one without an identity, and something to confirm. */
export async function fillAccess(desk: Desk, ticket: Ticket, sensitive: string): Promise<Omit<Filled, 'customer' | 'ticket' | 'customerId'>> {
  const { admin } = await desk.staff();
  const day = new Date(Date.now() + 60 * 24 * 3600 * 1000).toISOString().slice(0, 10);
  const batch = { name: 'Spring fair', site: 'Hall 3', can: 'reply,upload', use_by: day, stays: '28800', count: '24', who: 'unnamed' };
  await sendForm(`${desk.url}/admin/batches/new?fn=make_cards`, batch, admin);
  const batchId = Number(/href="\/admin\/batches\/(\d+)"/.exec(await asStaff(desk, '/admin/batches'))?.[1]);
  const sensitiveId = await idOf(desk, sensitive);
  await sendForm(`${desk.url}/admin/customers/${sensitiveId}?fn=set_sensitive`, { id: String(sensitiveId), sensitive: 'true' }, admin);
  await sendForm(`${desk.url}/admin/customers/${sensitiveId}?fn=ask_pin`, { user_id: String(sensitiveId), ttl: '3600' }, admin);
  await dismissOne(desk, sensitive);
  const unknown = JSON.parse(await desk.call(['customer', 'create', '--unnamed', '--json']));
  await desk.client(await desk.pin(unknown.username));
  await sendForm(
    `${desk.url}/admin/tickets/${ticket.id}?fn=ask_approval`,
    { id: String(ticket.id), text: 'A new drum for the printer in the hall, and two hours of work.', amount: '310 EUR' },
    admin,
  );
  const form = /fn=withdraw_approval.*?name="id" value="(\d+)"/s.exec(await asStaff(desk, `/admin/tickets/${ticket.id}`));
  const approvalId = Number(form?.[1]);
  return { batchId, sensitiveId, unknownId: unknown.id, approvalId };
}

/** Logs the customer of a filled desk in. */
export async function enter(page: Page, desk: Desk, { customer }: Filled): Promise<void> {
  await logIn(page, await desk.pin(customer.username));
}

export const customerPages = ({ ticket, approvalId }: Filled): Record<string, string> => ({
  welcome: '/welcome',
  'lost access': '/recover',
  tickets: '/tickets',
  'tickets by status': '/tickets?status=Waiting+on+Customer',
  'tickets found': '/tickets?q=stripes',
  'new ticket': '/tickets/new',
  ticket: `/tickets/${ticket.id}`,
  'ticket edit': `/tickets/${ticket.id}?edit=1`,
  sessions: '/sessions',
  'caller code': '/caller-code',
  'let in': '/delegations',
  'to confirm': `/approvals/${approvalId}`,
  'not found': '/tickets/99999999',
  'not for customers': '/admin',
});

export const staffPages = ({ ticket, customerId, sensitiveId, unknownId, batchId }: Filled): Record<string, string> => ({
  'staff overview': '/admin',
  'staff tickets': '/admin/tickets',
  'staff tickets found': '/admin/tickets?q=print',
  'staff tickets none': '/admin/tickets?q=nothing+is+called+this',
  'staff ticket': `/admin/tickets/${ticket.id}`,
  'staff customers': '/admin/customers',
  'staff new customer': '/admin/customers/new',
  'staff customer': `/admin/customers/${customerId}`,
  'staff sensitive customer': `/admin/customers/${sensitiveId}`,
  'staff unknown person': `/admin/customers/${unknownId}`,
  'staff customer ledger': `/admin/customers/${customerId}/ledger`,
  'staff ticket ledger': `/admin/tickets/${ticket.id}/ledger`,
  'staff ledger': '/admin/ledger',
  'staff pins': '/admin/pins',
  'staff cards': '/admin/batches',
  'staff new cards': '/admin/batches/new',
  'staff batch': `/admin/batches/${batchId}`,
  'staff lost access': '/admin/recoveries',
  'staff files': '/admin/files',
  'staff callers': '/admin/callers',
  'staff sessions': '/admin/sessions',
  'staff members': '/admin/staff',
  'staff member': '/admin/staff/1',
  'staff categories': '/admin/categories',
  'staff second factor': '/admin/second-factor',
  'staff audit': '/admin/audit',
  'staff retention': '/admin/retention',
  'staff backups': '/admin/backups',
  'staff not found': '/admin/tickets/99999999',
});

/** Pages that answer with an error on purpose. */
export const refusals: Record<string, number> = { 'not found': 404, 'not for customers': 403, 'staff not found': 404 };
