// Times in the reader's zone, with the exact instant on hover. Without a script they stay as they come: in UTC, and saying so.

const language = document.documentElement.lang;
// Day before month, as the pages write it without a script.
const locale = language === "en" ? "en-GB" : language;
const day = { year: "numeric", month: "short", day: "numeric" };
const short = new Intl.DateTimeFormat(locale, { ...day, hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
const exact = new Intl.DateTimeFormat(locale, {
  ...day, month: "long", hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23", timeZoneName: "longOffset",
});

function showLocalTimes(root) {
  for (const time of root.querySelectorAll("time[data-utc]")) {
    const instant = new Date(time.dateTime);
    time.textContent = short.format(instant);
    time.title = `${exact.format(instant)} · ${time.dataset.utc}`;
  }
}

showLocalTimes(document);
