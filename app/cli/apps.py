"""``apps``: partner apps (OAuth clients)."""

from typing import Any

import click

from .. import scopes
from ..database import unit_of_work
from ..models import Client
from ..services import clients, organizations
from .json_commands import JsonGroup

apps = JsonGroup("apps", help="Partner apps (OAuth clients).")
client_id_argument = click.argument("client_id")


@apps.command("register")
@click.option("--organization", required=True, metavar="NAME", help="The developer's organization.")
@click.option("--name", required=True)
@click.option("--callback-url", "callback_urls", multiple=True, metavar="URL", help="May be given several times.")
@click.option("--scope", "scope", multiple=True, required=True, help="May be given several times, or hold several names.")
@click.option("--public", is_flag=True, help="An app that can't keep a secret: it gets none, and must use PKCE.")
def register(
    organization: str, name: str, callback_urls: tuple[str, ...], scope: tuple[str, ...], public: bool
) -> dict[str, Any]:  # fmt: skip
    """Register an app. Its secret is shown this once."""
    with unit_of_work():
        client, secret = clients.register(
            organizations.get_by_name(organization),
            name=name,
            callback_urls=callback_urls,
            scope=" ".join(scope),
            public=public,
        )
        return {"client_id": client.client_id} | ({"client_secret": secret} if secret else {}) | _registration(client)


@apps.command("list")
@click.option("--organization", metavar="NAME", help="Only the apps of this developer's organization.")
def list_(organization: str | None) -> list[dict[str, Any]]:
    """List the apps, the newest first."""
    developer = organizations.get_by_name(organization) if organization else None
    return [
        _brief(client)
        | {"organization": client.organization.name if client.organization else None, "type": client.client_type}
        | _registration(client)
        | {"secrets": [secret.hint for secret in client.secrets if secret.retired_at is None]}
        for client in clients.list_of(developer)
    ]


@apps.command("suspend")
@client_id_argument
def suspend(client_id: str) -> dict[str, Any]:
    """Let nothing of an app work until it is resumed."""
    with unit_of_work():
        client = clients.get(client_id)
        clients.suspend(client)
        return _brief(client)


@apps.command("resume")
@client_id_argument
def resume(client_id: str) -> dict[str, Any]:
    """Let a suspended app work again."""
    with unit_of_work():
        client = clients.get(client_id)
        clients.resume(client)
        return _brief(client)


@apps.command("delete")
@client_id_argument
def delete(client_id: str) -> dict[str, Any]:
    """Delete an app and end all its connections."""
    with unit_of_work():
        client = clients.get(client_id)
        ended = clients.delete(client)
        return _brief(client) | {"connections_ended": ended}


@apps.command("add-secret")
@client_id_argument
def add_secret(client_id: str) -> dict[str, Any]:
    """Make one more secret for an app, shown this once; the present one works on."""
    with unit_of_work():
        issued = clients.add_secret(clients.get(client_id))
        return {"client_id": client_id, "client_secret": issued.plain, "hint": issued.record.hint}


@apps.command("retire-secret")
@client_id_argument
@click.argument("hint")
def retire_secret(client_id: str, hint: str) -> dict[str, Any]:
    """End the secret that begins with HINT, as 'apps list' shows it."""
    with unit_of_work():
        client = clients.get(client_id)
        clients.retire_secret(client, hint)
        return {"client_id": client_id, "retired": hint}


def _brief(client: Client) -> dict[str, Any]:
    status = "deleted" if client.deleted_at else "suspended" if client.suspended_at else "active"
    return {"client_id": client.client_id, "name": client.name, "status": status}


def _registration(client: Client) -> dict[str, Any]:
    return {
        "name": client.name,
        "callback_urls": [callback.url for callback in client.callback_urls],
        "scopes": scopes.names_of(client.scope),
    }
