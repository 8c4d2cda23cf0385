"""What stands in account letters, kind by kind. Links with secrets are made here, at the moment of writing."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import quote

from ..extensions import db
from ..models import AccountLetter, LetterKind, Ticket, TicketKind
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
}
