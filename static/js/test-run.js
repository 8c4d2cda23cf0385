// Runs the rest of the flow from the test callback: each step sends one request and shows its answer.
// The secret lives in its field alone, and goes to the token endpoint alone.

const run = document.querySelector("[data-run]");
if (run?.dataset.code) begin(run.dataset);

function begin({ token, api, clientId, code, callback, verifier, wait, unreachable }) {
  const secret = run.querySelector("[data-secret]");
  let tokens = {};

  const steps = {
    exchange: () => askForTokens({ grant_type: "authorization_code", code, redirect_uri: callback, code_verifier: verifier }),
    call: () => send(api, { headers: { Authorization: `Bearer ${tokens.access_token}` } }),
    refresh: () => askForTokens({ grant_type: "refresh_token", refresh_token: tokens.refresh_token }),
  };

  function send(address, options) {
    // Without cookies: as a server sends it that knows nothing of this browser.
    return fetch(address, { ...options, credentials: "omit", cache: "no-store" });
  }

  function askForTokens(parameters) {
    const body = new URLSearchParams(secret ? parameters : { client_id: clientId, ...parameters });
    const headers = secret ? { Authorization: `Basic ${btoa(`${clientId}:${secret.value.trim()}`)}` } : {};
    return send(token, { method: "POST", headers, body });
  }

  async function take(step) {
    const place = step.querySelector("[data-answer]");
    const shown = place.querySelector("code");
    const button = step.querySelector("[data-send] button");
    place.hidden = false;
    shown.textContent = wait;
    button.disabled = true;
    try {
      const answer = await steps[step.dataset.step]();
      const value = await answer.json();
      shown.textContent = `HTTP/1.1 ${answer.status} ${answer.statusText}\n\n${JSON.stringify(value, null, 2)}`;
      step.classList.toggle("failed", !answer.ok);
      if (answer.ok) finish(step, value);
      else button.disabled = false;
    } catch {
      shown.textContent = unreachable;
      button.disabled = false;
    }
  }

  function finish(step, value) {
    if (value.access_token) tokens = value;
    step.classList.add("done");
    if (secret && step.dataset.step === "refresh") secret.value = "";
    step.querySelector("[data-send]").hidden = true;
    const next = step.nextElementSibling;
    if (!next) return;
    next.hidden = false;
    const places = { "[data-access-token]": tokens.access_token, "[data-refresh-token]": tokens.refresh_token };
    for (const [selector, text] of Object.entries(places)) {
      const place = next.querySelector(selector);
      if (place) place.textContent = text;
    }
    (next.querySelector("[data-send] button") ?? next.querySelector("a"))?.focus({ preventScroll: true });
    next.scrollIntoView({ block: "nearest" });
  }

  for (const form of run.querySelectorAll("[data-send]")) {
    const step = form.closest("[data-step]");
    if (step.dataset.step === "exchange") form.hidden = false;
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      take(step);
    });
  }
}
