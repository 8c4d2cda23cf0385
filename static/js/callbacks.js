// Checks callback URLs while they are typed, by asking the server, and adds fields for more of them.

const PAUSE = 250; // milliseconds without a key

const fields = document.querySelector("[data-callbacks]");
const rows = fields.querySelector("[data-rows]");
const form = fields.closest("form");

const clientType = () => form.querySelector("[name=client_type]:checked, [name=client_type][type=hidden]").value;

function show(row, { problem, fits }) {
  const input = row.querySelector("input");
  row.querySelector("[data-problem]").textContent = problem ?? "";
  row.querySelector("[data-fits]").hidden = !fits;
  if (problem) input.setAttribute("aria-invalid", "true");
  else input.removeAttribute("aria-invalid");
}

async function check(row) {
  const url = row.querySelector("input").value.trim();
  if (!url) return show(row, { problem: null, fits: false });
  const query = new URLSearchParams({ url, client_type: clientType() });
  try {
    const answer = await fetch(`${fields.dataset.callbacks}?${query}`, { headers: { Accept: "application/json" } });
    const { problem } = await answer.json();
    // What was typed meanwhile is checked by itself.
    if (row.querySelector("input").value.trim() === url) show(row, { problem, fits: problem === null });
  } catch {
    show(row, { problem: null, fits: false }); // the form itself is checked again when it is sent
  }
}

function watch(row) {
  let timer;
  row.querySelector("input").addEventListener("input", () => {
    show(row, { problem: null, fits: false });
    clearTimeout(timer);
    timer = setTimeout(() => check(row), PAUSE);
  });
}

const all = () => rows.querySelectorAll("[data-row]");
all().forEach(watch);
form.querySelector("[data-client-type]")?.addEventListener("change", () => all().forEach(check));

const add = fields.querySelector("[data-add-row]");
add.hidden = false;
add.addEventListener("click", () => {
  const last = [...all()].at(-1);
  const row = last.cloneNode(true);
  const number = all().length + 1;
  const label = row.querySelector("label");
  label.textContent = label.textContent.replace(/\d+/, number);
  label.htmlFor = `callback-${number}`;
  const input = row.querySelector("input");
  input.id = label.htmlFor;
  input.value = "";
  input.placeholder = "";
  input.setAttribute("aria-describedby", `${input.id}-error`);
  row.querySelector("[data-problem]").id = `${input.id}-error`;
  rows.append(row);
  show(row, { problem: null, fits: false });
  watch(row);
  input.focus();
});
