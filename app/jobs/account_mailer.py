"""Sends account letters, one at a time: takes one, has it written, and gives it to the mail server."""

import logging
from collections.abc import Callable
from functools import partial

from flask import Flask

from ..database import unit_of_work
from ..models import ChannelType
from ..services import account_mail, deliveries
from ..services.account_mail import Attempt
from ..services.letters import Letter
from ..settings import Settings
from . import channels
from .channels import Channel, HoldLost, NotNow, Refused, Unsure

log = logging.getLogger("uaa.jobs")


def make(app: Flask) -> Callable[[], int]:
    """The chore: sends one letter that is due; how many were taken."""
    settings: Settings = app.config["SETTINGS"]
    channel = channels.choose(settings)[ChannelType.EMAIL]
    sends_again = settings.smtp_when_unsure == "send_again"

    def send_one() -> int:
        if not account_mail.is_due():
            return 0
        with unit_of_work():
            attempt = account_mail.claim(sends_again=sends_again)
        if attempt is None:
            return 0
        if attempt.attempts > account_mail.MOST_ATTEMPTS:
            _finish(attempt, note="It could not be sent after many attempts.")
            return 1
        with unit_of_work():
            letter = account_mail.write(attempt, settings)
        if letter is None:
            _finish(attempt)
        elif channel.keeps:
            # What is between a person and the server can be shown to nobody else.
            _finish(attempt, is_kept=bool(letter.organization_id))
        else:
            _attempt(channel, attempt, letter, sends_again=sends_again)
        return 1

    return send_one


def _attempt(channel: Channel, attempt: Attempt, letter: Letter, *, sends_again: bool) -> None:
    try:
        channel.send(letter, partial(_hand_over, attempt))
    except HoldLost:
        log.warning("another worker has account letter %d now", attempt.letter_id)
    except Refused as error:
        log.warning("account letter %d was refused: %s", attempt.letter_id, error)
        _finish(attempt, note=str(error))
    except NotNow as error:
        _retry(attempt, str(error))
    except Unsure as error:
        if sends_again:
            _retry(attempt, str(error))
        else:
            _finish(attempt, note=deliveries.UNSURE)
    else:
        _finish(attempt)
    finally:
        channel.close()


def _hand_over(attempt: Attempt) -> None:
    with unit_of_work():
        if not account_mail.hand_over(attempt):
            raise HoldLost


def _finish(attempt: Attempt, *, note: str = "", is_kept: bool = False) -> None:
    with unit_of_work():
        account_mail.finish(attempt, note=note, is_kept=is_kept)


def _retry(attempt: Attempt, reason: str) -> None:
    log.warning("account letter %d: attempt %d failed: %s", attempt.letter_id, attempt.attempts, reason)
    with unit_of_work():
        account_mail.retry(attempt, reason)
