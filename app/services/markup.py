"""HTML that strangers wrote: its links, and what a person would read of it.

Whatever is written, the time grows with its length only: each expression goes on where the one before has ended, and what
is never closed is passed over at once. The standard library's parser takes hours for a megabyte of ``<a <a <a``.
"""

import html
import re
from collections.abc import Callable

# Attributes up to the end of a tag, or of everything; a ">" inside of quotes is no end.
_ATTRIBUTES = r"""(?:[^>=]++|=\s*+(?:"[^"]*+"|'[^']*+')?+)*+"""
_LINK = re.compile(rf"(<a(?=[\s/]))({_ATTRIBUTES})", re.IGNORECASE)
_ATTRIBUTE = re.compile(r"""([^\s=/>]++)(\s*+=\s*+)("[^"]*+"|'[^']*+'|[^\s>]++)""")
_TOKEN = re.compile(
    rf"<!--.*?(?:-->|\Z) | <(?P<end>/?)(?P<name>[a-z][^\s/>]*+)(?P<attributes>{_ATTRIBUTES})>? | <[!?/][^>]*+>?",
    re.IGNORECASE | re.VERBOSE | re.DOTALL,
)
_ENDS = {name: re.compile(rf"</{name}(?=[\s/>])", re.IGNORECASE) for name in ("script", "style")}
_BLOCKS = frozenset(
    ("p", "div", "br", "tr", "table", "h1", "h2", "h3", "h4", "h5", "h6", "li", "ul", "ol", "blockquote", "pre", "section")
)
_UNSEEN = frozenset(("head", "title", "template"))


def replace_links(page: str, replacement: Callable[[str], str | None]) -> str:
    """``page`` with the targets of its links replaced; where ``replacement`` says None, the link stays as it is."""

    def target(match: re.Match[str]) -> str:
        url = replacement(_value(match)) if match[1].lower() == "href" else None
        return match[0] if url is None else f'{match[1]}{match[2]}"{html.escape(url)}"'

    return _LINK.sub(lambda match: match[1] + _ATTRIBUTE.sub(target, match[2]), page)


def _value(attribute: re.Match[str]) -> str:
    value = attribute[3]
    return _unescape(value[1:-1] if value[0] in "\"'" and value[-1] == value[0] else value)


def _unescape(text: str) -> str:
    try:
        return html.unescape(text)
    except ValueError:
        # A character reference with thousands of digits.
        return text


def read_aloud(page: str) -> str:
    """The text of an HTML page, for readers without HTML."""
    reader = _Reader()
    position = 0
    while (token := _TOKEN.search(page, position)) is not None:
        reader.read(page[position : token.start()])
        position = token.end()
        name = (token["name"] or "").lower()
        if name in _ENDS and not token["end"]:
            end = _ENDS[name].search(page, position)
            position = end.start() if end else len(page)
        elif name:
            reader.pass_tag(name, token["attributes"], ends=bool(token["end"]))
    reader.read(page[position:])
    lines = [" ".join(line.split()) for line in "".join(reader.parts).split("\n")]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


class _Reader:
    """Collects what a person would read."""

    def __init__(self) -> None:
        self.parts: list[str] = []
        self._unseen = 0
        self._href = ""

    def pass_tag(self, name: str, attributes: str, *, ends: bool) -> None:
        if name in _UNSEEN:
            self._unseen = max(0, self._unseen - 1) if ends else self._unseen + 1
        elif name in _BLOCKS:
            self.parts.append("\n")
        elif name == "a" and ends and self._href:
            self.parts.append(f" ({self._href})")
            self._href = ""
        elif name == "a" and not ends:
            found = (_value(one) for one in _ATTRIBUTE.finditer(attributes) if one[1].lower() == "href")
            href = next(found, "").strip()
            self._href = href if href.startswith("http") else ""

    def read(self, text: str) -> None:
        if text and not self._unseen:
            self.parts.append(re.sub(r"\s+", " ", _unescape(text)))
