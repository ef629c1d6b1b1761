// A client made from docs/openapi.json: its types say what the API takes and gives, and the compiler holds this to them.

import createClient from 'openapi-fetch';
import type { paths } from '../generated/api';

/** Logs in, opens a ticket with a picture, reads it back, answers, finds it, and logs out. */
export async function roundTrip(baseUrl: string, pin: string, picture: File) {
  const nobody = createClient<paths>({ baseUrl });
  const login = await nobody.POST('/api/users/login/', { body: { pin } });
  if (login.data === undefined) throw new Error(`not let in: ${JSON.stringify(login.error)}`);
  const { access, refresh, user } = login.data;
  const api = createClient<paths>({ baseUrl, headers: { Authorization: `Bearer ${access}` } });

  const categories = (await api.GET('/api/categories/')).data ?? [];
  const category = categories[0]?.name;
  const opened = await api.POST('/api/tickets/', {
    params: { header: { 'Idempotency-Key': crypto.randomUUID() } },
    body: { title: 'By a client', description: 'Made from the description.', priority: 'High', category, attachments: [picture] },
    bodySerializer: ({ attachments = [], ...texts }: { attachments?: Blob[] } & Record<string, unknown>) => {
      const form = new FormData();
      for (const [name, text] of Object.entries(texts)) form.append(name, String(text));
      for (const file of attachments) form.append('attachments', file);
      return form;
    },
  });
  if (opened.data === undefined) throw new Error(`not opened: ${JSON.stringify(opened.error)}`);
  const { id, attachments } = opened.data;
  const ticket = { params: { path: { id } } };

  const refused = await api.POST('/api/tickets/{id}/changes/', { ...ticket, body: { title: '' } });
  const replied = await api.POST('/api/tickets/{id}/replies/', { ...ticket, body: { body: 'One word more.' } });
  const listed = await api.GET('/api/tickets/', { params: { query: { limit: 1 } } });
  const timeline = await api.GET('/api/tickets/{id}/timeline/', ticket);
  const found = await api.GET('/api/search/', { params: { query: { q: 'client' } } });
  const draft = await api.PUT('/api/drafts/{place}/', { params: { path: { place: `reply-${id}` } }, body: { body: 'Dear' } });
  const file = await fetch(attachments[0].file);
  await nobody.POST('/api/token/blacklist/', { body: { refresh } });
  const over = await api.GET('/api/tickets/{id}/', ticket);

  return {
    username: user.username,
    title: listed.data?.[0].title,
    category: listed.data?.[0].category === category,
    picture: await file.blob(),
    refused: refused.error && 'title' in refused.error ? refused.error.title : refused.error,
    body: replied.data?.body,
    kinds: timeline.data?.map((entry) => entry.kind),
    found: found.data?.results.map(({ ticket }) => ticket.id === id),
    draft: draft.data?.fields,
    over: over.response.status,
  };
}
