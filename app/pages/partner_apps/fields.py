"""The fields of an app as they were typed, with what is wrong beside each."""

from dataclasses import dataclass, field

from flask import request

from ... import scopes
from ...errors import Invalid
from ...models import Client
from ...services import callbacks
from ...services.client_settings import Advanced, Registration
from ...words import N_

ROWS = 2


@dataclass
class AppFields:
    name: str = ""
    callback_urls: list[str] = field(default_factory=list)
    scopes: list[str] = field(default_factory=list)
    public: bool = False
    access_token_ttl: str = ""
    refresh_token_ttl: str = ""
    allows_query_credentials: bool = False
    errors: dict[str, list[str]] = field(default_factory=dict)

    @classmethod
    def of(cls, client: Client) -> "AppFields":
        """As they are kept."""
        return cls(
            name=client.name,
            callback_urls=[callback.url for callback in client.callback_urls],
            scopes=list(scopes.names_of(client.scope)),
            public=client.is_public,
            access_token_ttl=str(client.access_token_ttl or ""),
            refresh_token_ttl=str(client.refresh_token_ttl or ""),
            allows_query_credentials=client.allows_query_credentials,
        )

    @classmethod
    def typed(cls, *, public: bool | None = None) -> "AppFields":
        """As the form was sent. :param public: what the app is, when the form can't change it."""
        typed = request.form
        return cls(
            name=typed.get("name", ""),
            callback_urls=[url for url in (text.strip() for text in typed.getlist("callback_url")) if url],
            scopes=typed.getlist("scope"),
            public=typed.get("client_type") == "public" if public is None else public,
            access_token_ttl=typed.get("access_token_ttl", "").strip(),
            refresh_token_ttl=typed.get("refresh_token_ttl", "").strip(),
            allows_query_credentials="allows_query_credentials" in typed,
        )

    @property
    def registration(self) -> Registration:
        return Registration(
            name=self.name, callback_urls=self.callback_urls, scope=" ".join(self.scopes), public=self.public
        )

    @property
    def advanced(self) -> Advanced:
        """:raises Invalid: a lifetime is no number."""
        return Advanced(
            access_token_ttl=_seconds("access_token_ttl", self.access_token_ttl),
            refresh_token_ttl=_seconds("refresh_token_ttl", self.refresh_token_ttl),
            allows_query_credentials=self.allows_query_credentials,
        )

    @property
    def rows(self) -> list[tuple[str, str | None]]:
        """The callback URLs with what is wrong with each, and empty rows for more."""
        typed = [(url, callbacks.problem(url, public=self.public) if self.errors else None) for url in self.callback_urls]
        return typed + [("", None)] * max(1, ROWS - len(typed))

    @property
    def other_callback_errors(self) -> list[str]:
        """What is wrong with the callback URLs, and with none of them alone."""
        return [] if any(problem for _, problem in self.rows) else self.errors.get("callback_urls", [])

    @property
    def has_advanced(self) -> bool:
        """Whether the part that few apps need has something to show."""
        return bool(self.access_token_ttl or self.refresh_token_ttl)


def _seconds(name: str, text: str) -> int | None:
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) < 12):
        raise Invalid({name: [N_("Give a number of seconds, or leave it empty.")]})
    return int(text)
