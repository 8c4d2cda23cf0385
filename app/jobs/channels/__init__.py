"""Channels: how letters leave the house. Each carries one letter, and says what became of it."""

from collections.abc import Callable, Mapping
from typing import Protocol

from ...models import ChannelType
from ...services.deliveries import Outcome
from ...services.letters import Letter
from ...settings import Settings


class Refused(Exception):
    """It will never be taken: trying again is of no use. The message says why."""


class NotNow(Exception):
    """It was not taken this time; it certainly has not gone out."""


class Unsure(Exception):
    """All of it was given away, and the answer got lost: it may have gone out."""


class HoldLost(Exception):
    """Another worker has this letter now."""


HandOver = Callable[[], None]


class Channel(Protocol):
    """:param keeps: whether delivering means to be written down, which goes with the outcome, in one transaction."""

    keeps: bool

    def send(self, letter: Letter, hand_over: HandOver) -> Outcome:
        """Carry ``letter`` away.

        :param hand_over: to be called right before the other side can have all of it, if that side can't tell a
            repetition from another letter.
        :raises Refused, NotNow, Unsure: see there. :raises HoldLost: by ``hand_over``; nothing may go out then.
        """

    def close(self) -> None:
        """Let go of connections that this thread has opened."""


def choose(settings: Settings) -> Mapping[ChannelType, Channel]:
    """Which channel carries what."""
    from .gateway import Gateway
    from .outbox import Outbox
    from .smtp import Smtp

    outbox = Outbox()
    others: Channel = outbox
    if settings.gateway_url:
        others = Gateway(settings.gateway_url, settings.gateway_secret, settings.issuer)
    email: Channel = outbox
    if settings.smtp_url:
        email = Smtp(settings.smtp_url, settings.host, tells_all=settings.smtp_plain_password)
    return {kind: email if kind is ChannelType.EMAIL else others for kind in ChannelType}
