// The authorization form's look: a picture may be dropped, and the preview shows name and picture before they are saved.
// The preview may have come before this script.

const form = document.querySelector("[data-look]");
const frame = document.getElementById(form.dataset.frame);
const name = form.querySelector("[name=shown_name]");
const file = form.querySelector("[name=logo]");
const drop = form.querySelector("[data-drop]");
const problem = form.querySelector("[data-logo-error]");
const KINDS = file.accept.split(",");

let picture = null; // as a data: address, which the page's policy allows

function centred(image) {
  const side = Math.min(image.naturalWidth, image.naturalHeight);
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = 192;
  canvas.getContext("2d").drawImage(
    image, (image.naturalWidth - side) / 2, (image.naturalHeight - side) / 2, side, side, 0, 0, 192, 192,
  );
  return canvas.toDataURL();
}

function logo(page) {
  const image = page.createElement("img");
  image.className = "avatar logo";
  image.alt = "";
  image.width = image.height = 56;
  image.src = picture;
  return image;
}

function paint() {
  const page = frame.contentDocument;
  const shown = name.value.trim() || form.dataset.appName;
  for (const place of page?.querySelectorAll("[data-app-name]") ?? []) place.textContent = shown;
  const first = page?.querySelector(".joined .avatar");
  if (first && picture) first.replaceWith(logo(page));
  else if (first?.tagName === "SPAN") first.textContent = [...shown][0].toUpperCase();
  if (picture) form.querySelector("[data-picture]").replaceChildren(logo(document));
}

function say(sentence) {
  problem.textContent = sentence;
  if (sentence) file.setAttribute("aria-invalid", "true");
  else file.removeAttribute("aria-invalid");
}

function choose() {
  const [chosen] = file.files;
  if (!chosen) return;
  if (!KINDS.includes(chosen.type)) return say(file.dataset.wrongKind);
  if (chosen.size > Number(file.dataset.max)) return say(file.dataset.tooLarge);
  say("");
  const reader = new FileReader();
  reader.addEventListener("load", () => {
    const image = new Image();
    image.addEventListener("load", () => {
      // Its size is known before it is unpacked, which might take gigabytes.
      if (Math.max(image.naturalWidth, image.naturalHeight) > Number(file.dataset.maxSide)) return say(file.dataset.tooWide);
      picture = centred(image);
      paint();
    });
    image.addEventListener("error", () => say(file.dataset.wrongKind));
    image.src = reader.result;
  });
  reader.readAsDataURL(chosen);
}

// The frame is as high as the page in it, also when that changes, so that all of it is in sight.
const watch = new ResizeObserver(([{ target }]) => {
  const end = target.getBoundingClientRect().bottom + frame.contentWindow.scrollY;
  frame.style.height = `${Math.ceil(end) + frame.offsetHeight - frame.clientHeight}px`;
});

function fit() {
  const page = frame.contentDocument?.querySelector("main");
  if (!page) return;
  page.ownerDocument.documentElement.style.overflow = "hidden";
  watch.disconnect();
  watch.observe(page);
}

name.addEventListener("input", paint);
file.addEventListener("change", choose);
for (const show of [paint, fit]) frame.addEventListener("load", show);

for (const kind of ["dragenter", "dragover"]) {
  drop.addEventListener(kind, (event) => {
    event.preventDefault();
    drop.classList.add("over");
  });
}
for (const kind of ["dragleave", "drop"]) drop.addEventListener(kind, () => drop.classList.remove("over"));
drop.addEventListener("drop", (event) => {
  event.preventDefault();
  if (!event.dataTransfer.files.length) return;
  file.files = event.dataTransfer.files;
  choose();
});

if (frame.contentDocument?.readyState === "complete") {
  paint();
  fit();
}
