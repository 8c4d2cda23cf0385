"""What came back from the product, over HTTP or in process, and the forms on its pages."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from bs4 import BeautifulSoup, Tag


@dataclass(frozen=True)
class Answer:
    """An HTTP response. :param address: the address that was asked, below the site's own."""

    status: int
    headers: Mapping[str, str]
    text: str
    address: str

    @cached_property
    def json(self) -> Any:
        return json.loads(self.text)

    @cached_property
    def page(self) -> BeautifulSoup:
        return BeautifulSoup(self.text, "html.parser")

    @property
    def words(self) -> str:
        """What a person reads, with single spaces."""
        return " ".join(self.page.get_text(" ").split())

    @property
    def location(self) -> str:
        return self.headers.get("Location", "")

    @property
    def parameters(self) -> dict[str, str]:
        """The query parameters of the address that it redirects to."""
        return dict(parse_qsl(urlsplit(self.location).query, keep_blank_values=True))

    def form(self, selector: str = "main form") -> "Form":
        """The first form on the page that ``selector`` finds."""
        found = self.page.select_one(selector)
        assert found is not None, f"no form {selector!r} in the answer {self.status}: {self.text[:500]}"
        return Form(found, self.address)


class Form:
    """A form of a page, filled in as it was shown."""

    def __init__(self, tag: Tag, address: str) -> None:
        self.tag = tag
        self.action = str(tag.get("action") or address)
        self.fields: list[tuple[str, str]] = []
        for field in tag.select("input[name], select[name], textarea[name]"):
            kind = field.get("type", "text")
            if field.name == "select":
                option = field.select_one("option[selected]") or field.select_one("option")
                if option is not None:
                    self.fields.append((str(field["name"]), str(option.get("value", option.get_text()))))
            elif kind not in ("checkbox", "radio") or field.has_attr("checked"):
                self.fields.append((str(field["name"]), str(field.get("value", "on" if kind == "checkbox" else ""))))

    def values(self, name: str) -> list[str]:
        return [value for field, value in self.fields if field == name]

    def fill(self, **values: str | Iterable[str] | None) -> "Form":
        """Set fields by name; several values for tick boxes, None to leave the field out."""
        for name, value in values.items():
            self.fields = [(field, old) for field, old in self.fields if field != name]
            if value is not None:
                self.fields += [(name, one) for one in ([value] if isinstance(value, str) else value)]
        return self
