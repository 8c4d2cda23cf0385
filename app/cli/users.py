"""``users``: people and their accounts."""

from typing import Any

import click
from flask import current_app

from ..database import unit_of_work
from ..services import account_letters, emails, passwords, second_factor
from ..services import users as rules
from ..settings import Settings
from .json_commands import JsonGroup

users = JsonGroup("users", help="People and their accounts.")


@users.command("create")
@click.option("--email", required=True)
@click.option("--password", required=True, help="10 to 200 characters.")
@click.option("--organization", required=True, metavar="NAME", help="Made when new; its first member becomes its owner.")
def create(email: str, password: str, organization: str) -> dict[str, Any]:
    """Make an account in an organization."""
    with unit_of_work():
        user, membership = rules.create(email=email, password=password, organization=organization)
        return {
            "id": user.id,
            "email": user.email,
            "organization": membership.organization.name,
            "role": membership.role,
        }


@users.command("reset-link")
@click.option("--email", required=True)
def reset_link(email: str) -> dict[str, Any]:
    """Make a link to set a new password, shown this once, for a person whom no letter reaches; older links end."""
    settings: Settings = current_app.config["SETTINGS"]
    with unit_of_work():
        issued = passwords.reset_ticket(email, settings.keys)
        return {
            "email": issued.record.email,
            "link": account_letters.reset_link(settings, issued.plain),
            "expires_at": issued.record.expires_at,
        }


@users.command("reset-second-factor")
@click.option("--email", required=True)
def reset_second_factor(email: str) -> dict[str, Any]:
    """Turn two-step sign-in off for a person who has lost phone and recovery codes."""
    with unit_of_work():
        user = rules.get(email)
        second_factor.turn_off(user)
        return {"email": user.email, "second_factor": False}


@users.command("renew-seals")
def renew_seals() -> dict[str, int]:
    """Encrypt the secrets of two-step sign-in with the newest server key, before an older one is dropped."""
    settings: Settings = current_app.config["SETTINGS"]
    with unit_of_work():
        return second_factor.renew_seals(settings.keys)


@users.command("change-email")
@click.option("--email", required=True)
@click.option("--new-email", required=True)
def change_email(email: str, new_email: str) -> dict[str, Any]:
    """Give a person another address to sign in with, without a letter that confirms it."""
    with unit_of_work():
        user = rules.get(email)
        emails.change(user, new_email)
        return {"id": user.id, "email": user.email}
