// Keeps the imports that are under way up to date, by asking for the page again.

const PAUSE = 2000; // milliseconds
const RETRY = 10000;

const underWay = () => document.querySelectorAll("[data-under-way]");

async function renew() {
  const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
  // Signed out meanwhile, or the server is busy: what is shown stays.
  if (!answer.ok || answer.redirected) throw new Error(answer.statusText);
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  for (const item of underWay()) {
    const fresh = page.getElementById(item.id);
    if (fresh) showLocalTimes(fresh);
    if (!fresh || fresh.outerHTML === item.outerHTML) continue;
    const isOpen = item.querySelector("details")?.open ?? false;
    item.replaceWith(fresh);
    if (isOpen) fresh.querySelector("details").open = true;
  }
}

async function watch() {
  let pause = PAUSE;
  if (!document.hidden) {
    try {
      await renew();
    } catch {
      pause = RETRY;
    }
  }
  if (underWay().length) setTimeout(watch, pause);
}

if (underWay().length) setTimeout(watch, PAUSE);
