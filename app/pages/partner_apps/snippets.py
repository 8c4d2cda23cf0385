"""Text to paste into a developer's own project, with an app's values in it. Secrets stand in the .env file alone."""

import json
import re
import shlex
from dataclasses import dataclass
from urllib.parse import quote, urlencode, urlsplit

from flask import render_template

from ...models import Client
from ...services import callbacks
from .own import settings

AUTHORIZE, TOKEN, API = "/uaa/oauth/authorize", "/uaa/oauth/token", "/api"
EXAMPLE_CALLBACK = "http://127.0.0.1:8081/callback"
EXAMPLE_PORT = 8081

LANGUAGES = (("curl", "curl"), ("python", "Python"), ("node", "Node"), ("php", "PHP"), ("go", "Go"))
_PLAIN = re.compile(r"[\w./:?&=%@~+,;-]*", re.ASCII)


@dataclass(frozen=True)
class Sample:
    """A program in one language. :param name: for addresses within the page. :param title: for people."""

    name: str
    title: str
    code: str


def authorize_link(client: Client, *, callback_url: str, **parameters: str) -> str:
    """The address to send people to."""
    usual = {"response_type": "code", "client_id": client.client_id, "redirect_uri": callback_url}
    return f"{settings().issuer}{AUTHORIZE}?{urlencode(usual | parameters, quote_via=quote)}"


def first_callback(client: Client) -> str | None:
    """The callback URL that examples use; None when the app has none."""
    return client.callback_urls[0].url if client.callback_urls else None


def dot_env(client: Client, secret: str | None) -> str:
    """The contents of a .env file."""
    issuer, callback = settings().issuer, first_callback(client)
    lines = {
        "UAA_CLIENT_ID": client.client_id,
        "UAA_CLIENT_SECRET": secret,
        "UAA_CALLBACK_URL": callback,
        "UAA_SCOPE": client.scope,
        "UAA_AUTHORIZE_URL": f"{issuer}{AUTHORIZE}",
        "UAA_TOKEN_URL": f"{issuer}{TOKEN}",
        "UAA_API_URL": f"{issuer}{API}",
    }
    return "\n".join(f"{name}={_in_dot_env(value)}" for name, value in lines.items() if value)


def _in_dot_env(value: str) -> str:
    if _PLAIN.fullmatch(value):
        return value
    if "'" not in value:
        return f"'{value}'"
    return '"' + re.sub(r'(["$`\\])', r"\\\1", value) + '"'


def samples(client: Client) -> list[Sample]:
    """The whole flow as a small program, in several languages."""
    callback = first_callback(client) or EXAMPLE_CALLBACK
    parts = urlsplit(callback)
    is_here = callbacks.is_loopback(parts.hostname or "")
    values = {
        "is_public": client.is_public,
        "client_id": client.client_id,
        "scope": client.scope,
        "callback_url": callback,
        "path": parts.path or "/",
        "port": (parts.port or 80) if is_here and parts.scheme == "http" else EXAMPLE_PORT,
        "authorize_url": f"{settings().issuer}{AUTHORIZE}",
        "token_url": f"{settings().issuer}{TOKEN}",
        "api_url": f"{settings().issuer}{API}",
        "link": authorize_link(client, callback_url=callback, scope=client.scope),
    }
    spellings = {"text": json.dumps, "php": _in_php, "shell": shlex.quote}
    return [
        Sample(name, title, render_template(f"pages/partner_apps/samples/{name}.txt", **values, **spellings).strip())
        for name, title in LANGUAGES
    ]


def _in_php(value: str) -> str:
    return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"
