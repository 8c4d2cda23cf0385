// "Try it" of the API reference: a credential from this server's own code flow with PKCE, or an API key, and a form for
// each method. The credential is kept in this tab alone, and goes to this server's API alone.

const KEPT = "uaa-reference";
const panel = document.querySelector("[data-reference]");
const { issuer, clientId, token, revoke, page } = panel.dataset;
const redirectUri = `${issuer}${page}`;
const problem = panel.querySelector("[data-problem]");
const words = JSON.parse(panel.dataset.words); // in the reader's language

function filled(text, values) {
  return text.replace(/\{(\w+)\}/g, (_, name) => values[name]);
}

function kept() {
  try { return JSON.parse(sessionStorage.getItem(KEPT)) ?? {}; } catch { return {}; }
}

function keep(value) {
  if (value) sessionStorage.setItem(KEPT, JSON.stringify(value));
  else sessionStorage.removeItem(KEPT);
  show();
}

function show() {
  const { secret, who, scope } = kept();
  panel.querySelector("[data-with]").hidden = !secret;
  panel.querySelector("[data-without]").hidden = Boolean(secret);
  panel.querySelector("[data-who]").textContent = words[who] ?? "";
  panel.querySelector("[data-scope]").textContent = scope ? filled(words.opens, { scope }) : "";
}

function base64url(bytes) {
  return btoa(String.fromCharCode(...bytes)).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}

function random() {
  return base64url(crypto.getRandomValues(new Uint8Array(32)));
}

// Signing in -------------------------------------------------------------------------------------------------------

panel.querySelector("[data-sign-in]").addEventListener("submit", async (event) => {
  event.preventDefault();
  const form = event.target;
  if (!crypto.subtle) {
    problem.textContent = words.insecure;
    return;
  }
  if (location.origin !== issuer) {
    problem.textContent = filled(words.elsewhere, { issuer, address: redirectUri });
    return;
  }
  const state = random();
  const verifier = random();
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(verifier));
  keep({ state, verifier });
  form.elements.state.value = state;
  form.elements.code_challenge.value = base64url(new Uint8Array(digest));
  form.submit();
});

async function finish(answer) {
  const { state, verifier } = kept();
  history.replaceState(null, "", location.pathname);
  if (!verifier || answer.get("state") !== state || answer.get("iss") !== issuer) {
    problem.textContent = words.used;
    return;
  }
  keep(null);
  if (answer.has("error")) {
    problem.textContent = answer.get("error") === "access_denied" ? words.refused : answer.get("error_description") ?? "";
    return;
  }
  const body = new URLSearchParams({
    grant_type: "authorization_code", client_id: clientId, code: answer.get("code"), redirect_uri: redirectUri,
    code_verifier: verifier,
  });
  const { ok, value } = await post(token, body);
  if (ok) keep({ secret: value.access_token, who: "connected", scope: value.scope, revocable: true });
  else problem.textContent = value.error_description ?? words.code;
}

async function post(address, body) {
  try {
    const response = await fetch(address, { method: "POST", body, credentials: "omit", cache: "no-store" });
    return { ok: response.ok, value: await response.json() };
  } catch {
    return { ok: false, value: { error_description: words.unreachable } };
  }
}

panel.querySelector("[data-key]").addEventListener("submit", (event) => {
  event.preventDefault();
  const field = event.target.querySelector("input");
  keep({ secret: field.value.trim(), who: "key" });
  field.value = "";
  problem.textContent = "";
});

panel.querySelector("[data-forget]").addEventListener("click", async () => {
  const { secret, revocable } = kept();
  keep(null);
  if (revocable) await post(revoke, new URLSearchParams({ token: secret, client_id: clientId }));
});

// Trying a method --------------------------------------------------------------------------------------------------

let reading;
function operations() {
  reading ??= fetch("/openapi.json").then((response) => response.json()).then((document) => {
    const found = new Map();
    for (const [path, verbs] of Object.entries(document.paths)) {
      for (const [verb, operation] of Object.entries(verbs)) found.set(operation.operationId, { path, verb, ...operation });
    }
    return found;
  });
  return reading;
}

function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

function field(id, label, input) {
  input.id = id;
  return element("div", { class: "field" }, element("label", { for: id }, label), input);
}

function fields(operation) {
  const made = (operation.parameters ?? []).map((parameter) => {
    const input = element("input", { class: "input", name: parameter.name, autocomplete: "off", "data-in": parameter.in });
    input.required = parameter.required;
    if (parameter.example !== undefined) input[parameter.required ? "value" : "placeholder"] = String(parameter.example);
    return field(`${operation.operationId}-${parameter.name}`, parameter.name, input);
  });
  const content = operation.requestBody?.content["application/json"];
  if (content) {
    const area = element("textarea", { class: "input", "data-in": "body", spellcheck: "false" });
    area.value = JSON.stringify(content.example ?? {}, null, 2);
    made.push(field(`${operation.operationId}-body`, words.body, area));
  }
  return made;
}

function request(operation, form) {
  let path = operation.path;
  const query = new URLSearchParams();
  const options = { method: operation.verb.toUpperCase(), credentials: "omit", cache: "no-store" };
  options.headers = { Authorization: `Bearer ${kept().secret}` };
  for (const input of form.querySelectorAll("[data-in]")) {
    if (input.dataset.in === "path") path = path.replace(`{${input.name}}`, encodeURIComponent(input.value));
    else if (input.dataset.in === "query" && input.value) query.set(input.name, input.value);
    else if (input.dataset.in === "body") {
      options.body = input.value;
      options.headers["Content-Type"] = "application/json";
    }
  }
  return { address: `/api${path}${query.size ? `?${query}` : ""}`, options };
}

const SHOWN = ["WWW-Authenticate", "Retry-After", "TotalCount", "X-RateLimit-Limit", "X-RateLimit-Remaining", "X-Request-Id"];

async function call(operation, form, verdict, answer) {
  if (!kept().secret) {
    verdict.textContent = words.first;
    panel.scrollIntoView({ block: "start" });
    panel.querySelector("button:not([hidden])").focus({ preventScroll: true });
    return;
  }
  const { address, options } = request(operation, form);
  verdict.textContent = words.waiting;
  try {
    const response = await fetch(address, options);
    const text = await response.text();
    verdict.textContent = filled(words.answered, { request: `${options.method} ${address}`, status: response.status });
    verdict.className = response.ok ? "verdict-good" : "verdict-bad";
    const headers = SHOWN.filter((name) => response.headers.has(name)).map((name) => `${name}: ${response.headers.get(name)}`);
    answer.firstElementChild.textContent = `${headers.join("\n")}\n\n${pretty(text)}`;
    answer.hidden = false;
  } catch {
    verdict.textContent = words.unreachable;
    verdict.className = "verdict-bad";
  }
}

function pretty(text) {
  try { return JSON.stringify(JSON.parse(text), null, 2); } catch { return text; }
}

async function open(button, article) {
  const place = article.querySelector("[data-place]");
  if (!place.firstChild) {
    const operation = (await operations()).get(article.dataset.method);
    const verdict = element("p", { role: "status" });
    const answer = element("pre", { class: "code", tabindex: "0", role: "group", "aria-label": words.answer }, element("code"));
    answer.hidden = true;
    const send = element("button", { class: "button primary" }, words.send);
    const form = element("form", { class: "trial", lang: document.documentElement.lang }, ...fields(operation), element("p", {}, send), verdict, answer);
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      send.disabled = true;
      await call(operation, form, verdict, answer);
      send.disabled = false;
    });
    place.append(form);
  } else {
    place.hidden = !place.hidden;
  }
  button.setAttribute("aria-expanded", String(!place.hidden));
  if (!place.hidden) place.querySelector("input, textarea, button").focus();
}

for (const article of document.querySelectorAll("[data-method]")) {
  const button = article.querySelector("[data-try]");
  button.hidden = false;
  button.addEventListener("click", () => open(button, article));
}

panel.querySelector("[data-scriptless]").hidden = true;
show();
const answer = new URLSearchParams(location.search);
if (answer.has("code") || answer.has("error")) finish(answer);
