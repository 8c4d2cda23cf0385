"""Browsers and systems in the words in which people know them, read from User-Agent strings."""

from flask_babel import gettext

# The first that fits: most browsers also name those that they want to be taken for.
BROWSERS = (
    ("Edg", "Edge"), ("OPR", "Opera"), ("Firefox", "Firefox"), ("FxiOS", "Firefox"), ("CriOS", "Chrome"),
    ("Chrome", "Chrome"), ("Safari", "Safari"), ("curl", "curl"),
)  # fmt: skip
SYSTEMS = (
    ("iPhone", "iPhone"), ("iPad", "iPad"), ("Android", "Android"), ("Windows", "Windows"), ("Mac OS", "macOS"),
    ("CrOS", "ChromeOS"), ("Linux", "Linux"),
)  # fmt: skip


def describe(user_agent: str) -> str:
    """Such as "Firefox on Windows"; "A browser" when it says nothing known."""
    browser = next((name for mark, name in BROWSERS if mark in user_agent), gettext("A browser"))
    system = next((name for mark, name in SYSTEMS if mark in user_agent), "")
    return str(gettext("%(browser)s on %(system)s", browser=browser, system=system) if system else browser)
