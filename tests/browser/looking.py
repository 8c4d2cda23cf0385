"""Looking at a page as a designer and a screen reader would: at two widths, light and dark, with axe-core and a camera."""

import base64
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

from playwright.sync_api import Browser, BrowserContext, CDPSession, ConsoleMessage

from app.settings import ROOT
from tests.support.owner import Owner

from .town import Town

FOLDER = ROOT / "screenshots"
DESKTOP, PHONE = (1280, 900), (390, 844)
AXE = Path(__file__).parent / "vendor" / "axe-core" / "axe.min.js"

# Colours don't depend on the width of the window, nor does anything else on the theme: so axe-core looks at each page in
# light in one width and in dark in the other, and takes its picture so, unless LOOK_CLOSELY is set.
CLOSELY = bool(os.environ.get("LOOK_CLOSELY"))
Theme = Literal["light", "dark"]

# What moved by itself after it was painted (Layout Instability API). Entries come after the next frames.
_SHIFTS = """() => new Promise(done => {
    const found = [];
    new PerformanceObserver(list => {
        for (const entry of list.getEntries())
            if (!entry.hadRecentInput)
                found.push(...entry.sources.map(s => (s.node?.parentElement ?? s.node)?.outerHTML?.slice(0, 120) ?? "?"));
    }).observe({ type: "layout-shift", buffered: true });
    requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(() => done(found))));
})"""

_TOO_WIDE = """() => [...document.querySelectorAll("*")].filter(element =>
    element.getBoundingClientRect().right > innerWidth + 0.5 && element.checkVisibility()
    && !element.closest(".unseen, .skip, pre, .scrolled, .table-scroll")
    || element === document.scrollingElement && element.scrollWidth > innerWidth
).map(element => element.outerHTML.slice(0, 120))"""

_VIOLATIONS = """async () => {
    const options = { resultTypes: ["violations"], iframes: false, preload: false, selectors: false };
    const { violations } = await axe.run(document, options);
    return violations.flatMap(({ id, nodes }) => nodes.map(node => `${id}: ${node.html} ${node.failureSummary}`));
}"""


class Eye:
    """A page of a browser, and everything that there is to complain of it.

    :param size: of the window at first: its width and height.
    """

    def __init__(self, context: BrowserContext, size: tuple[int, int]) -> None:
        self.page, self.size, self.complaints = context.new_page(), size, list[str]()
        self._theme: Theme = "light"
        self._camera: CDPSession = context.new_cdp_session(self.page)
        self._axe = AXE.read_text()
        self.page.on("console", self._listen)
        self.page.on("pageerror", lambda error: self.complaints.append(f"{self.page.url}: {error}"))

    def _listen(self, message: ConsoleMessage) -> None:
        # A page with an error status says so itself.
        if message.type in ("error", "warning") and "responded with a status of 4" not in message.text:
            self.complaints.append(f"{self.page.url}: {message.text}")

    def open(self, address: str) -> int:
        """The status of the answer."""
        answer = self.page.goto(address)
        assert answer is not None
        return answer.status

    def look(self, name: str, *sizes: tuple[int, int]) -> None:
        """Look at the page as it is now: in light in a window of the present width, and in dark in one of the other.

        :param name: of its pictures. :param sizes: in this order, instead.
        """
        self._note(name, "moves after it was painted", self.page.evaluate(_SHIFTS))
        self._camera.send("Runtime.evaluate", {"expression": self._axe})
        first, *others = sizes or (self.size, PHONE if self.size == DESKTOP else DESKTOP)
        self._look(name, first, "light")
        for size in others:
            self._look(name, size, "dark")
        if CLOSELY:
            self._look(name, first, "dark")
            for size in others:
                self._look(name, size, "light")

    def _look(self, name: str, size: tuple[int, int], theme: Theme) -> None:
        if size != self.size:
            self.page.set_viewport_size({"width": size[0], "height": size[1]})
            self.size = size
        self._dress(theme)
        full_name = f"{name}-{size[0]}-{theme}"
        self._note(full_name, "is cut off", self.page.evaluate(_TOO_WIDE))
        self._note(full_name, "violates", self.page.evaluate(_VIOLATIONS))
        self.shoot(full_name)

    def _dress(self, theme: Theme) -> None:
        if theme != self._theme:
            self.page.emulate_media(color_scheme=theme)
            self._theme = theme

    def _note(self, name: str, what: str, found: list[str]) -> None:
        self.complaints += [f"{name} {what}: {one}" for one in found]

    def shoot(self, name: str) -> None:
        """Take a picture of the whole page."""
        size: dict[str, Any] = self._camera.send("Page.getLayoutMetrics")["cssContentSize"]
        clip = {"x": 0, "y": 0, "width": self.size[0], "height": min(size["height"], 6000), "scale": 1}
        options = {"format": "jpeg", "quality": 80, "captureBeyondViewport": True, "optimizeForSpeed": True, "clip": clip}
        picture = self._camera.send("Page.captureScreenshot", options)["data"]
        (FOLDER / f"{name}.jpg").write_bytes(base64.b64decode(picture))


@contextmanager
def looking(browser: Browser, size: tuple[int, int] = DESKTOP, **options: Any) -> Iterator[Eye]:
    """Opens a browser profile of its own; whatever there is to complain of in the end fails the test."""
    FOLDER.mkdir(exist_ok=True)
    context = browser.new_context(
        viewport={"width": size[0], "height": size[1]}, color_scheme="light", reduced_motion="reduce", **options
    )
    context.set_default_timeout(20_000)
    eye = Eye(context, size)
    try:
        yield eye
    finally:
        context.close()
    assert not eye.complaints, "\n".join(eye.complaints)


@contextmanager
def signed_in(browser: Browser, town: Town, someone: Owner, **options: Any) -> Iterator[Eye]:
    """The same, in a browser in which ``someone`` is signed in."""
    with looking(browser, **options) as eye:
        eye.page.context.add_cookies(town.cookies_of(someone))  # type: ignore[arg-type]
        yield eye
