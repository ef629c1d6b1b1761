// Lists the operations of /api/schema/ and lets one try each. Tokens live in this page only.
let access = "";

const element = (name, attributes = {}, ...children) => {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
};

const resolve = (schema, api) =>
  schema?.$ref ? api.components.schemas[schema.$ref.split("/").pop()] : schema ?? {};

async function call(method, path, body, output, more = {}) {
  const headers = { accept: "application/json", ...more };
  if (access) headers.authorization = `Bearer ${access}`;
  if (typeof body === "string") headers["content-type"] = "application/json";
  output.textContent = "…";
  try {
    // Staff have no PIN: their calls go with the cookies of the admin area.
    const answer = await fetch(path, { method, headers, body, credentials: access ? "omit" : "same-origin" });
    const type = answer.headers.get("content-type") ?? "";
    if (answer.ok && !type.startsWith("application/json")) {
      const { size } = await answer.blob();
      output.textContent = `${answer.status} ${answer.statusText}\n${type}, ${size} bytes`;
      return undefined;
    }
    const text = await answer.text();
    let shown = text;
    try { shown = JSON.stringify(JSON.parse(text), null, 2); } catch { /* not JSON: shown as it came */ }
    const status = element("span", { class: answer.ok ? "good" : "bad" }, `${answer.status} ${answer.statusText}`);
    const link = answer.headers.get("link");
    output.replaceChildren(status, "\n", link ? `Link: ${link}\n` : "", shown);
    return answer.ok ? JSON.parse(text) : undefined;
  } catch (error) {
    output.textContent = `The server did not answer: ${error.message}`;
  }
}

function tryForm(method, path, operation, api) {
  const form = element("form");
  const parameters = operation.parameters ?? [];
  for (const parameter of parameters) {
    const required = parameter.in === "path" ? { required: "" } : {};
    form.append(element("label", {}, `${parameter.name} — ${parameter.description ?? ""}`,
      element("input", { name: parameter.name, ...required })));
  }
  const content = operation.requestBody?.content ?? {};
  const multipart = content["multipart/form-data"];
  const withFiles = multipart && resolve(multipart.schema, api).properties?.attachments;
  const schema = resolve((withFiles ? multipart : content["application/json"])?.schema, api);
  for (const [name, property] of Object.entries(schema.properties ?? {})) {
    const required = schema.required?.includes(name) ? { required: "" } : {};
    const words = property.description ? `${name} — ${property.description}` : name;
    const field = name === "attachments" ? element("input", { type: "file", multiple: "", name })
      : name === "description" || name === "body" ? element("textarea", { name, ...required })
      : element("input", { name, autocomplete: "off", ...required });
    form.append(element("label", {}, words, field));
  }
  const output = element("pre", { role: "status", "aria-label": "Answer" }, "The answer will be here.");
  form.append(element("button", { class: "primary" }, "Send"));
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const data = new FormData(form);
    let target = path;
    const query = new URLSearchParams();
    const headers = {};
    for (const parameter of parameters) {
      const value = data.get(parameter.name);
      data.delete(parameter.name);
      if (parameter.in === "path") target = target.replace(`{${parameter.name}}`, encodeURIComponent(value));
      else if (value && parameter.in === "header") headers[parameter.name] = value;
      else if (value) query.set(parameter.name, value);
    }
    if (query.size) target += `?${query}`;
    if (withFiles && ![...data.getAll("attachments")].some((file) => file.size)) data.delete("attachments");
    for (const name of Object.keys(schema.properties ?? {})) {
      if (data.get(name) === "" && !schema.required?.includes(name)) data.delete(name);
    }
    const body = method === "get" ? undefined : withFiles ? data : JSON.stringify(Object.fromEntries(data));
    const answer = await call(method.toUpperCase(), target, body, output, headers);
    if (answer?.access) loggedIn(answer);
  });
  return element("div", {}, form, output);
}

function loggedIn(answer) {
  access = answer.access;
  const name = answer.user ? `Logged in as ${answer.user.username}. ` : "";
  document.querySelector("#who").textContent = `${name}Calls below carry the access token now.`;
}

function show(api) {
  document.querySelector("#about").textContent = api.info.description;
  const list = document.querySelector("#operations");
  const operations = Object.entries(api.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method, operation })));
  for (const tag of new Set(operations.map(({ operation }) => operation.tags[0]))) {
    const about = api.tags.find(({ name }) => name === tag)?.description ?? "";
    list.append(element("h2", {}, tag), element("p", {}, about));
    for (const { path, method, operation } of operations.filter(({ operation }) => operation.tags[0] === tag)) {
      list.append(card(path, method, operation, api));
    }
  }
}

function card(path, method, operation, api) {
  const answers = element("table", {}, element("tbody", {}, ...Object.entries(operation.responses).map(
    ([status, answer]) => element("tr", {}, element("td", {}, status), element("td", {}, answer.description)))));
  return element("details", { id: operation.operationId },
    element("summary", {},
      element("span", { class: `method ${method}` }, method.toUpperCase()),
      element("code", {}, path),
      element("span", { class: "what" }, operation.summary ?? "")),
    element("p", {}, operation.description ?? ""),
    element("h3", {}, "Answers"), answers,
    element("h3", {}, "Try it"), tryForm(method, path, operation, api));
}

document.querySelector("#login").addEventListener("submit", async (event) => {
  event.preventDefault();
  const pin = new FormData(event.target).get("pin");
  const who = document.querySelector("#who");
  const answer = await call("POST", "/api/users/login/", JSON.stringify({ pin }), who);
  if (answer?.access) loggedIn(answer);
});

fetch("/api/schema/").then((answer) => answer.json()).then(show).catch((error) => {
  document.querySelector("#about").textContent = `The description could not be read: ${error.message}`;
});
