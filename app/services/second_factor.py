"""Two-step sign-in: one-time passwords by time (RFC 6238), each accepted once, and recovery codes that work once each."""

import base64
import hmac
import os
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta

import pyotp
from sqlalchemy import delete, func, select, update

from .. import secret_values
from ..clock import now
from ..database import changed
from ..errors import Conflict, Invalid, NotFound
from ..extensions import db
from ..models import LetterKind, RecoveryCode, SecondFactor, TicketKind, User
from ..sealing import SealBroken, seal, unseal
from ..settings import PRODUCT_NAME
from ..words import N_
from . import account_mail, locks, passwords, tickets
from .audit import AuditKind
from .passwords import Tries

STEP = 30  # seconds
# Clocks of phones are seldom wrong by more; each step more is one more code that a guess can hit.
STEPS_OFF = 1
RECOVERY_CODES = 10
_RECOVERY_BYTES = 10  # 80 random bits: a plain fingerprint can't be searched through
_SETUP_LASTS = timedelta(hours=1)
_WRONG = N_("This code is wrong, was used already, or has run out. Enter the one that your app shows now.")


@dataclass(frozen=True)
class Setup:
    """What an authenticator app needs to know.

    :param secret: to type in, in base32. :param address: the same as an ``otpauth:`` address, for the picture.
    """

    secret: str = field(repr=False)
    address: str = field(repr=False)


def find(user: User) -> SecondFactor | None:
    """The second factor that ``user`` signs in with; None when a password is enough."""
    row = db.session.get(SecondFactor, user.id)
    return row if row is not None and row.confirmed_at is not None else None


def begin(user: User, keys: Sequence[str]) -> Setup:
    """Make a secret, which counts when a code made with it was entered. An older one that never did is forgotten.

    :raises Conflict: two-step sign-in is on already.
    """
    _lock(user)
    row = db.session.get(SecondFactor, user.id)
    if row is not None and row.confirmed_at is not None:
        raise Conflict(N_("Two-step sign-in is on already."))
    secret = pyotp.random_base32()
    if row is None:
        row = SecondFactor(user_id=user.id)
        db.session.add(row)
    row.sealed, row.created_at, row.last_step = seal(secret.encode(), purpose=_purpose(user.id), keys=keys), now(), 0
    db.session.flush()
    return _setup(user, secret)


def pending(user: User, keys: Sequence[str]) -> Setup:
    """What was begun and not confirmed. :raises NotFound: nothing was, or too long ago."""
    row = db.session.get(SecondFactor, user.id)
    if row is None or row.confirmed_at is not None or row.created_at < now() - _SETUP_LASTS:
        raise NotFound(N_("There is nothing to confirm. Begin once more."))
    return _setup(user, _secret(row, keys))


def confirm(user: User, code: str, keys: Sequence[str], tries: Tries) -> list[str]:
    """Turn two-step sign-in on, since ``code`` shows that the phone has the secret.

    :returns: the recovery codes, which are shown once. :raises NotFound: see pending(). :raises Invalid: the code is wrong.
    """
    _lock(user)
    setup = pending(user, keys)
    tries.take(user)
    step = _step_of(setup.secret, _plain(code))
    if step is None:
        raise Invalid({"code": [_WRONG]})
    row = db.session.get_one(SecondFactor, user.id)
    row.confirmed_at, row.last_step = now(), step
    tries.forget(user)
    passwords.record(AuditKind.SECOND_FACTOR_ON, user)
    account_mail.post(LetterKind.SECOND_FACTOR_ON, user.email)
    return _new_codes(user)


def check(user: User, code: str, keys: Sequence[str], tries: Tries) -> None:
    """Whether ``user`` has the phone, or a recovery code. It is used up.

    :raises Invalid: the code is wrong, or was used. :raises TooManyRequests: too many wrong ones.
    """
    tries.take(user)
    if not _spend(user, _plain(code), keys):
        raise Invalid({"code": [_WRONG]})
    tries.forget(user)


def turn_off(user: User) -> None:
    """Let the password be enough again. :raises NotFound: it is already."""
    if find(user) is None:
        raise NotFound(N_("Two-step sign-in is off."))
    db.session.execute(delete(SecondFactor).where(SecondFactor.user_id == user.id))
    db.session.execute(delete(RecoveryCode).where(RecoveryCode.user_id == user.id))
    tickets.end_all(user.id, TicketKind.SECOND_STEP)
    passwords.record(AuditKind.SECOND_FACTOR_OFF, user)
    account_mail.post(LetterKind.SECOND_FACTOR_OFF, user.email)


def renew_codes(user: User) -> list[str]:
    """New recovery codes, which are shown once; the old ones end. :raises NotFound: two-step sign-in is off."""
    if find(user) is None:
        raise NotFound(N_("Two-step sign-in is off."))
    passwords.record(AuditKind.RECOVERY_CODES_RENEWED, user)
    return _new_codes(user)


def codes_left(user: User) -> int:
    """How many recovery codes still work."""
    left = select(func.count()).where(RecoveryCode.user_id == user.id, RecoveryCode.spent_at.is_(None))
    return db.session.scalar(left) or 0


def renew_seals(keys: Sequence[str]) -> dict[str, int]:
    """Seal every secret with the first of ``keys``, so that the others can be dropped; how many could be read or not."""
    renewed = lost = 0
    for row in db.session.scalars(select(SecondFactor)):
        try:
            plain = _secret(row, keys).encode()
        except SealBroken:
            lost += 1
        else:
            row.sealed = seal(plain, purpose=_purpose(row.user_id), keys=keys)
            renewed += 1
    return {"renewed": renewed, "lost": lost}


def _lock(user: User) -> None:
    locks.take([f"second factor {user.id}"])


def _setup(user: User, secret: str) -> Setup:
    return Setup(secret, pyotp.TOTP(secret).provisioning_uri(name=user.email, issuer_name=PRODUCT_NAME))


def _purpose(user_id: int) -> str:
    return f"second factor of {user_id}"


def _secret(row: SecondFactor, keys: Sequence[str]) -> str:
    return unseal(row.sealed, purpose=_purpose(row.user_id), keys=keys).decode()


def _plain(code: str) -> str:
    return "".join(code.split()).replace("-", "").lower()


def _step_of(secret: str, code: str) -> int | None:
    """The time step, one of those around now, whose code this is."""
    present = int(now().timestamp()) // STEP
    made = pyotp.TOTP(secret, interval=STEP)
    return next((step for step in _around(present) if hmac.compare_digest(made.generate_otp(step), code)), None)


def _around(present: int) -> Iterator[int]:
    yield from range(present - STEPS_OFF, present + STEPS_OFF + 1)


def _spend(user: User, code: str, keys: Sequence[str]) -> bool:
    """Use ``code`` up; of simultaneous tries one succeeds."""
    row = find(user)
    if row is None or not code.isascii():
        return False
    # Recovery codes work also when the key that sealed the secret was dropped.
    with suppress(SealBroken):
        step = _step_of(_secret(row, keys), code)
        if step is not None:
            mine = (SecondFactor.user_id == user.id) & (SecondFactor.last_step < step)
            return bool(changed(update(SecondFactor).where(mine).values(last_step=step)))
    unspent = (
        (RecoveryCode.user_id == user.id)
        & (RecoveryCode.fingerprint == secret_values.fingerprint(code))
        & RecoveryCode.spent_at.is_(None)
    )
    if not changed(update(RecoveryCode).where(unspent).values(spent_at=now())):
        return False
    passwords.record(AuditKind.RECOVERY_CODE_USED, user)
    return True


def _new_codes(user: User) -> list[str]:
    db.session.execute(delete(RecoveryCode).where(RecoveryCode.user_id == user.id))
    codes = [base64.b32encode(os.urandom(_RECOVERY_BYTES)).decode().lower() for _ in range(RECOVERY_CODES)]
    db.session.add_all(
        RecoveryCode(user_id=user.id, fingerprint=secret_values.fingerprint(code)) for code in codes
    )  # fmt: skip
    return ["-".join(code[start : start + 4] for start in range(0, len(code), 4)) for code in codes]
