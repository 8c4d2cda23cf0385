"""What stands in account letters, kind by kind. Links with secrets are made here, at the moment of writing."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from .. import scopes, secret_values
from ..extensions import db
from ..languages import say
from ..models import AccountLetter, Invitation, LetterKind, Role, Ticket, TicketKind
from ..secret_values import INVITATION
from ..settings import PRODUCT_NAME, Settings
from ..words import N_, sentence
from . import tickets, users

# Who made a key, when it was nobody who is signed in.
COMMAND_LINE = N_("The command line")
ROLES = {Role.OWNER: N_("owner"), Role.ADMIN: N_("admin"), Role.MEMBER: N_("member")}


@dataclass(frozen=True)
class Text:
    """:param lines: paragraphs; one that is an address becomes a link."""

    subject: str
    lines: list[str]


def write(row: AccountLetter, settings: Settings, *, language: str | None = None) -> Text | None:
    """The text of a letter, the same in each attempt; None when nobody is to get it (any more).

    :param language: by default the one that the recipient chose, else that of the page where the letter was asked for.
    """
    text = _WRITERS[LetterKind(row.kind)](row, settings)
    if text is None:
        return None
    language = language or _language_of(row)
    subject = " ".join(say(text.subject, language).split())
    return Text(subject, [line if _is_address(line) else say(line, language) for line in text.lines])


def reset_link(settings: Settings, secret: str) -> str:
    """Where a new password can be set with ``secret``."""
    return f"{settings.issuer}/password/reset?key={secret}"


def _language_of(row: AccountLetter) -> str:
    user = users.find(row.email)
    return (user.language if user else None) or row.facts.get("language") or "en"


def _is_address(line: str) -> bool:
    return line.startswith(("http://", "https://"))


def _sign_up(row: AccountLetter, settings: Settings) -> Text | None:
    if users.find(row.email) is not None:
        return _has_account(row, settings)
    secret = _secret(row, settings, TicketKind.SIGN_UP, user_id=None)
    if secret is None:
        return None
    onward = row.facts.get("next")
    return Text(
        sentence("Make your %(product)s account", product=PRODUCT_NAME),
        [
            sentence(
                "Follow this link within a day to make a %(product)s account for %(email)s:",
                product=PRODUCT_NAME, email=row.email,
            ),
            f"{settings.issuer}/signup/finish?key={secret}" + (f"&next={quote(onward, safe='')}" if onward else ""),
            N_("If it was not you who asked for it, do nothing: there is no account without following the link."),
        ],
    )  # fmt: skip


def _has_account(row: AccountLetter, settings: Settings) -> Text:
    return Text(
        sentence("You have a %(product)s account already", product=PRODUCT_NAME),
        [
            sentence(
                "Somebody, probably you, wanted to make a %(product)s account for %(email)s. There is one. Sign in here:",
                product=PRODUCT_NAME, email=row.email,
            ),
            f"{settings.issuer}/login",
            N_("If you don't know the password any more, set a new one here:"),
            f"{settings.issuer}/password/forgot",
            N_("If it was not you, do nothing."),
        ],
    )  # fmt: skip


def _password_reset(row: AccountLetter, settings: Settings) -> Text | None:
    user = users.find(row.email)
    if user is None:
        return None
    secret = _secret(row, settings, TicketKind.PASSWORD_RESET, user_id=user.id)
    if secret is None:
        return None
    return Text(
        N_("Set a new password"),
        [
            sentence(
                "Somebody asked to set a new password for the %(product)s account %(email)s. If it was you, follow this "
                "link within an hour:",
                product=PRODUCT_NAME, email=user.email,
            ),
            reset_link(settings, secret),
            N_("If it was not you, do nothing: your password stays as it is, and the link reached nobody but you."),
        ],
    )  # fmt: skip


def _password_changed(row: AccountLetter, settings: Settings) -> Text:
    return Text(
        N_("Your password was changed"),
        [
            sentence(
                "The password of the %(product)s account %(email)s was changed on %(at)s.",
                product=PRODUCT_NAME, email=row.email, at=_when(row),
            ),
            N_("If it was not you, set a new one at once:"),
            f"{settings.issuer}/password/forgot",
        ],
    )  # fmt: skip


def _email_change(row: AccountLetter, settings: Settings) -> Text | None:
    if users.find(row.email) is not None:
        return Text(
            N_("Your address was not taken"),
            [
                sentence(
                    "Somebody wanted to use %(email)s for another %(product)s account. It has one, so nothing was changed.",
                    product=PRODUCT_NAME, email=row.email,
                ),
            ],
        )  # fmt: skip
    secret = _secret(row, settings, TicketKind.EMAIL_CHANGE, user_id=row.facts["user_id"])
    if secret is None:
        return None
    return Text(
        N_("Confirm your new address"),
        [
            sentence(
                "Follow this link within a day to sign in to %(product)s as %(email)s from now on:",
                product=PRODUCT_NAME, email=row.email,
            ),
            f"{settings.issuer}/account/email?key={secret}",
            N_("If it was not you who asked for it, do nothing."),
        ],
    )  # fmt: skip


def _email_changed(row: AccountLetter, settings: Settings) -> Text:
    return Text(
        N_("Your address was changed"),
        [
            sentence(
                "The %(product)s account %(email)s signs in as %(new)s since %(at)s.",
                product=PRODUCT_NAME, email=row.email, new=row.facts["new"], at=_when(row),
            ),
            N_("If it was not you, ask the people who run this server for help at once."),
        ],
    )  # fmt: skip


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
        sentence("Join %(organization)s on %(product)s", organization=name, product=PRODUCT_NAME),
        [
            sentence(
                "%(inviter)s invites you to join %(organization)s as %(role)s. Follow this link within 7 days:",
                inviter=invitation.inviter.email, organization=name, role=ROLES[invitation.role],
            ),
            f"{settings.issuer}/invitation?key={secret}",
            N_("The link works once, and for this address only. If you know nobody there, do nothing."),
        ],
    )  # fmt: skip


def _app_connected(row: AccountLetter, settings: Settings) -> Text:
    return Text(
        sentence("%(app)s was connected to %(organization)s", **_named(row, "app", "organization")),
        [
            sentence(
                "%(by)s connected the app %(app)s by %(developer)s to %(organization)s on %(at)s. The app may:",
                **_named(row, "by", "app", "developer", "organization"), at=_when(row),
            ),
            *_rights(row.facts["scope"]),
            *_to_disconnect(row, settings),
        ],
    )  # fmt: skip


def _app_widened(row: AccountLetter, settings: Settings) -> Text:
    return Text(
        sentence("%(app)s may do more in %(organization)s", **_named(row, "app", "organization")),
        [
            sentence(
                "%(by)s allowed the app %(app)s by %(developer)s more than before in %(organization)s on %(at)s. New is:",
                **_named(row, "by", "app", "developer", "organization"), at=_when(row),
            ),
            *_rights(row.facts["gained"], with_general=False),
            *_to_disconnect(row, settings),
        ],
    )  # fmt: skip


def _api_key_made(row: AccountLetter, settings: Settings) -> Text:
    return Text(
        sentence("An API key was made for %(organization)s", **_named(row, "organization")),
        [
            sentence(
                "%(by)s made the API key “%(label)s” (%(prefix)s…) for %(organization)s on %(at)s. Whoever has it can:",
                **_named(row, "by", "label", "prefix", "organization"), at=_when(row),
            ),
            *_rights(row.facts["scope"]),
            *_to_revoke(settings),
        ],
    )  # fmt: skip


def _api_key_rotated(row: AccountLetter, settings: Settings) -> Text:
    return Text(
        sentence("An API key of %(organization)s was rotated", **_named(row, "organization")),
        [
            sentence(
                "%(by)s rotated the API key “%(label)s” of %(organization)s on %(at)s. The new key (%(prefix)s…) can do "
                "what the old one can:",
                **_named(row, "by", "label", "prefix", "organization"), at=_when(row),
            ),
            *_rights(row.facts["scope"]),
            *_to_revoke(settings),
        ],
    )  # fmt: skip


def _second_factor_on(row: AccountLetter, settings: Settings) -> Text:
    return Text(
        N_("Two-step sign-in is on"),
        [
            sentence(
                "Two-step sign-in was turned on for the %(product)s account %(email)s on %(at)s. From now on a code of your "
                "authenticator app is asked for besides the password.",
                product=PRODUCT_NAME, email=row.email, at=_when(row),
            ),
            N_("If it was not you, ask the people who run this server for help at once."),
        ],
    )  # fmt: skip


def _second_factor_off(row: AccountLetter, settings: Settings) -> Text:
    return Text(
        N_("Two-step sign-in is off"),
        [
            sentence(
                "Two-step sign-in was turned off for the %(product)s account %(email)s on %(at)s. The password alone is "
                "enough now.",
                product=PRODUCT_NAME, email=row.email, at=_when(row),
            ),
            N_("If it was not you, change your password and turn it on again here:"),
            f"{settings.issuer}/settings/account",
        ],
    )  # fmt: skip


def _named(row: AccountLetter, *names: str) -> dict[str, Any]:
    named = {name: row.facts[name] for name in names}
    return named | {"by": COMMAND_LINE} if named.get("by") == COMMAND_LINE else named


def _when(row: AccountLetter) -> str:
    return f"{row.created_at:%Y-%m-%d, %H:%M} UTC"


def _rights(scope: str, *, with_general: bool = True) -> list[str]:
    held = scopes.expand(scope)
    rights = [item.allows for item in scopes.SCOPES if item.name in held] + [scopes.GENERAL.allows] * with_general
    return [sentence("• %(right)s", right=right) for right in rights]


def _to_disconnect(row: AccountLetter, settings: Settings) -> list[str]:
    return [
        N_("If that is not right, disconnect the app or take rights away from it here:"),
        f"{settings.issuer}/settings/connected-apps/{row.facts['connection_id']}",
    ]


def _to_revoke(settings: Settings) -> list[str]:
    return [N_("If that is not right, revoke the key here:"), f"{settings.issuer}/settings/api-keys"]


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
    LetterKind.PASSWORD_CHANGED: _password_changed,
    LetterKind.EMAIL_CHANGE: _email_change,
    LetterKind.EMAIL_CHANGED: _email_changed,
    LetterKind.INVITATION: _invitation,
    LetterKind.APP_CONNECTED: _app_connected,
    LetterKind.APP_WIDENED: _app_widened,
    LetterKind.API_KEY_MADE: _api_key_made,
    LetterKind.API_KEY_ROTATED: _api_key_rotated,
    LetterKind.SECOND_FACTOR_ON: _second_factor_on,
    LetterKind.SECOND_FACTOR_OFF: _second_factor_off,
}
