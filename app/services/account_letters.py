"""What stands in account letters, kind by kind. Links with secrets are made here, at the moment of writing."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from .. import scopes, secret_values
from ..extensions import db
from ..models import AccountLetter, Invitation, LetterKind, Ticket, TicketKind
from ..secret_values import INVITATION
from ..settings import PRODUCT_NAME, Settings
from . import tickets, users


@dataclass(frozen=True)
class Text:
    """:param lines: paragraphs; one that is an address becomes a link."""

    subject: str
    lines: list[str]


def write(row: AccountLetter, settings: Settings) -> Text | None:
    """The text of a letter, the same in each attempt; None when nobody is to get it (any more)."""
    return _WRITERS[LetterKind(row.kind)](row, settings)


def reset_link(settings: Settings, secret: str) -> str:
    """Where a new password can be set with ``secret``."""
    return f"{settings.issuer}/password/reset?key={secret}"


def _sign_up(row: AccountLetter, settings: Settings) -> Text | None:
    if users.find(row.email) is not None:
        return Text(
            f"You have a {PRODUCT_NAME} account already",
            [
                f"Somebody, probably you, wanted to make a {PRODUCT_NAME} account for {row.email}. There is one. Sign in:",
                f"{settings.issuer}/login",
                "If you don't know the password any more, set a new one here:",
                f"{settings.issuer}/password/forgot",
                "If it was not you, do nothing.",
            ],
        )
    secret = _secret(row, settings, TicketKind.SIGN_UP, user_id=None)
    if secret is None:
        return None
    onward = row.facts.get("next")
    return Text(
        f"Make your {PRODUCT_NAME} account",
        [
            f"Follow this link within a day to make a {PRODUCT_NAME} account for {row.email}:",
            f"{settings.issuer}/signup/finish?key={secret}" + (f"&next={quote(onward, safe='')}" if onward else ""),
            "If it was not you who asked for it, do nothing: there is no account without following the link.",
        ],
    )


def _password_reset(row: AccountLetter, settings: Settings) -> Text | None:
    user = users.find(row.email)
    if user is None:
        return None
    secret = _secret(row, settings, TicketKind.PASSWORD_RESET, user_id=user.id)
    if secret is None:
        return None
    return Text(
        "Set a new password",
        [
            f"Somebody asked to set a new password for the {PRODUCT_NAME} account {user.email}. If it was you, follow this "
            "link within an hour:",
            reset_link(settings, secret),
            "If it was not you, do nothing: your password stays as it is, and the link reached nobody but you.",
        ],
    )


def _invitation(row: AccountLetter, settings: Settings) -> Text | None:
    invitation = db.session.get(Invitation, row.invitation_id)
    if invitation is None or invitation.ended_at is not None or invitation.is_expired or invitation.nonce is None:
        return None
    secret = secret_values.derive_again(
        INVITATION, keys=settings.keys, origin=invitation.nonce, fingerprint=invitation.fingerprint
    )
    if secret is None:
        return None
    name = invitation.organization.name
    return Text(
        f"Join {name} on {PRODUCT_NAME}",
        [
            f"{invitation.inviter.email} invites you to join {name} as {invitation.role.value}. Follow this link within "
            "7 days:",
            f"{settings.issuer}/invitation?key={secret}",
            "The link works once, and for this address only. If you know nobody there, do nothing.",
        ],
    )


def _app_connected(row: AccountLetter, settings: Settings) -> Text:
    facts = row.facts
    return Text(
        f"{facts['app']} was connected to {facts['organization']}",
        [
            f"{facts['by']} connected the app {facts['app']} by {facts['developer']} to {facts['organization']}, "
            f"{_when(row)}. The app may:",
            *_rights(facts["scope"]),
            *_to_disconnect(facts, settings),
        ],
    )


def _app_widened(row: AccountLetter, settings: Settings) -> Text:
    facts = row.facts
    return Text(
        f"{facts['app']} may do more in {facts['organization']}",
        [
            f"{facts['by']} allowed the app {facts['app']} by {facts['developer']} more than before in "
            f"{facts['organization']}, {_when(row)}. What is new:",
            *_rights(facts["gained"], with_general=False),
            *_to_disconnect(facts, settings),
        ],
    )


def _api_key_made(row: AccountLetter, settings: Settings) -> Text:
    facts = row.facts
    return Text(
        f"An API key was made for {facts['organization']}",
        [
            f"{facts['by']} made the API key “{facts['label']}” ({facts['prefix']}…) for {facts['organization']}, "
            f"{_when(row)}. Whoever has it can:",
            *_rights(facts["scope"]),
            *_to_revoke(settings),
        ],
    )


def _api_key_rotated(row: AccountLetter, settings: Settings) -> Text:
    facts = row.facts
    return Text(
        f"An API key of {facts['organization']} was rotated",
        [
            f"{facts['by']} rotated the API key “{facts['label']}” of {facts['organization']}, {_when(row)}. The new key "
            f"({facts['prefix']}…) can do what the old one can:",
            *_rights(facts["scope"]),
            *_to_revoke(settings),
        ],
    )


def _second_factor_on(row: AccountLetter, settings: Settings) -> Text:
    return Text(
        "Two-step sign-in is on",
        [
            f"Two-step sign-in was turned on for the {PRODUCT_NAME} account {row.email}, {_when(row)}. From now on a code "
            "of your authenticator app is asked for besides the password.",
            "If it was not you, somebody else is signed in to your account: ask the people who run this server for help.",
        ],
    )


def _second_factor_off(row: AccountLetter, settings: Settings) -> Text:
    return Text(
        "Two-step sign-in is off",
        [
            f"Two-step sign-in was turned off for the {PRODUCT_NAME} account {row.email}, {_when(row)}. The password alone "
            "is enough now.",
            "If it was not you, change your password and turn it on again here:",
            f"{settings.issuer}/settings/account",
        ],
    )


def _when(row: AccountLetter) -> str:
    return f"{row.created_at:%-d %B %Y, %H:%M} UTC"


def _rights(scope: str, *, with_general: bool = True) -> list[str]:
    held = scopes.expand(scope)
    rights = [f"• {item.allows}" for item in scopes.SCOPES if item.name in held]
    return rights + ([f"• {scopes.GENERAL.allows}"] if with_general else [])


def _to_disconnect(facts: Mapping[str, Any], settings: Settings) -> list[str]:
    return [
        "If that is not right, disconnect the app or take rights away from it here:",
        f"{settings.issuer}/settings/connected-apps/{facts['connection_id']}",
    ]


def _to_revoke(settings: Settings) -> list[str]:
    return ["If that is not right, revoke the key here:", f"{settings.issuer}/settings/api-keys"]


def _secret(row: AccountLetter, settings: Settings, kind: TicketKind, *, user_id: int | None) -> str | None:
    """The secret of the letter's ticket, which is issued the first time; None when it can't be used any more."""
    if row.ticket_id is not None:
        return tickets.secret_of(db.session.get_one(Ticket, row.ticket_id), settings.keys)
    # The latest link is the one that works.
    if user_id is None:
        tickets.end_all_to(row.email, kind)
    else:
        tickets.end_all(user_id, kind)
    issued = tickets.issue(kind, email=row.email, user_id=user_id, keys=settings.keys)
    row.ticket_id = issued.record.id
    return issued.plain


_WRITERS: Mapping[LetterKind, Callable[[AccountLetter, Settings], Text | None]] = {
    LetterKind.SIGN_UP: _sign_up,
    LetterKind.PASSWORD_RESET: _password_reset,
    LetterKind.INVITATION: _invitation,
    LetterKind.APP_CONNECTED: _app_connected,
    LetterKind.APP_WIDENED: _app_widened,
    LetterKind.API_KEY_MADE: _api_key_made,
    LetterKind.API_KEY_ROTATED: _api_key_rotated,
    LetterKind.SECOND_FACTOR_ON: _second_factor_on,
    LetterKind.SECOND_FACTOR_OFF: _second_factor_off,
}
