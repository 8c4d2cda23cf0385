"""``limits``: rate limits that apps and organizations have in the place of the server's own."""

from collections.abc import Callable
from typing import Any

import click
from flask import current_app

from ..database import unit_of_work
from ..errors import Invalid
from ..models import LimitClass, RateLimit
from ..services import clients, organizations
from ..services import own_limits as rules
from ..services.own_limits import Holder
from .json_commands import JsonGroup

limits = JsonGroup("limits", help="Rate limits that apps and organizations have in the place of the server's own.")
Command = Callable[..., Any]


def holder_options(command: Command) -> Command:
    """Whose limit: exactly one of the two."""
    command = click.option("--organization", metavar="NAME", help="Each token and key that works on this organization.")(
        command
    )
    return click.option("--app", "client_id", metavar="CLIENT_ID", help="Each connection of this app.")(command)


def class_option(**options: Any) -> Callable[[Command], Command]:
    """Which limit."""
    return click.option("--class", "limit", type=click.Choice([limit.value for limit in LimitClass]), **options)


@limits.command("set")
@holder_options
@class_option(required=True, help="'token' are requests to the token endpoint; only apps have such a limit.")
@click.argument("rate")
def set_(client_id: str | None, organization: str | None, limit: str, rate: str) -> dict[str, Any]:
    """Give an app or an organization a limit of its own, such as 1200/minute; in force within seconds."""
    with unit_of_work():
        rules.set_(_holder(client_id, organization), LimitClass(limit), rate)
        return _shown(_holder(client_id, organization))


@limits.command("clear")
@holder_options
@class_option(help="Only this limit, not all.")
def clear(client_id: str | None, organization: str | None, limit: str | None) -> dict[str, Any]:
    """Let the server's limits hold again for an app or an organization."""
    with unit_of_work():
        rules.clear(_holder(client_id, organization), LimitClass(limit) if limit else None)
        return _shown(_holder(client_id, organization))


@limits.command("list")
def list_() -> dict[str, Any]:
    """List the server's limits, and those of apps and organizations; an app's comes before an organization's."""
    return {
        "server": {limit.value: str(rate) for limit, rate in _usual().items()},
        "own": [_whose(one) | {"class": one.limit_class, "limit": one.rate} for one in rules.list_of()],
    }


def _whose(limit: RateLimit) -> dict[str, str]:
    if limit.client is not None:
        return {"app": limit.client.client_id, "name": limit.client.name}
    return {"organization": limit.organization.name if limit.organization else ""}


def _holder(client_id: str | None, organization: str | None) -> Holder:
    if (client_id is None) == (organization is None):
        raise Invalid({"app": ["Say whose limit it is: either --app or --organization."]})
    return clients.get(client_id) if client_id else organizations.get_by_name(organization or "")


def _shown(holder: Holder) -> dict[str, Any]:
    return {
        one.limit.value: {"limit": str(one.rate), "own": one.is_own} for one in rules.in_force(_usual(), holder)
    }  # fmt: skip


def _usual() -> rules.Usual:
    return rules.usual(current_app.config["SETTINGS"])
