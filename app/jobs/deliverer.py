"""Carries deliveries away: takes some, sends each, and writes down what became of it."""

import logging
import threading
import uuid
from collections.abc import Mapping, Sequence
from functools import partial
from typing import NamedTuple

from sqlalchemy.exc import SQLAlchemyError

from ..database import unit_of_work
from ..models import ChannelType, DeliveryStatus
from ..services import deliveries
from ..services.deliveries import Claim, Outcome
from ..services.letters import Letter
from ..services.public_links import PublicLinks
from ..settings import Settings
from .channels import Channel, HoldLost, NotNow, Refused, Unsure

AT_ONCE = 50

log = logging.getLogger("uaa.jobs")


class _Result(NamedTuple):
    claim: Claim
    letter: Letter | None
    outcome: Outcome


class Deliverer:
    """Its hold on what it has taken is renewed while it is at it.

    :param stopping: when set, nothing more is begun.
    """

    def __init__(self, settings: Settings, channels: Mapping[ChannelType, Channel], stopping: threading.Event) -> None:
        self.stopping = stopping
        self._channels, self._hold = channels, settings.job_hold
        # A name for each batch that a thread is at. What an error has left behind is renewed no more, and tried again.
        self._batches: set[str] = set()
        self._sends_again = settings.smtp_when_unsure == "send_again"
        self._links = PublicLinks(settings)

    def work(self) -> int:
        """Send some of what is due; how many were taken."""
        batch = str(uuid.uuid4())
        self._batches.add(batch)
        try:
            return self._work_off(batch)
        finally:
            self._batches.discard(batch)

    def _work_off(self, batch: str) -> int:
        with unit_of_work():
            claims = deliveries.claim(batch, limit=AT_ONCE, hold=self._hold)
        if not claims:
            return 0
        left: Sequence[Claim] = claims
        try:
            while left and not self.stopping.is_set():
                written, left = self._written(left)
                self._send(written)
            if left:
                with unit_of_work():
                    deliveries.release(left)
        finally:
            for channel in set(self._channels.values()):
                channel.close()
        return len(claims)

    def reclaim(self) -> int:
        """Free what a worker that died had taken; how many."""
        with unit_of_work():
            return deliveries.reclaim(sends_again=self._sends_again)

    def renew(self) -> int:
        """Say that this process lives; how much it has in hand."""
        batches = list(self._batches)
        if not batches:
            return 0
        with unit_of_work():
            return deliveries.renew(batches, hold=self._hold)

    def _written(self, claims: Sequence[Claim]) -> tuple[Sequence[tuple[Claim, Letter]], Sequence[Claim]]:
        """What is to be sent now, and what is left for later."""
        tired = [claim for claim in claims if claim.attempts > deliveries.MOST_ATTEMPTS]
        if tired:
            # They took a worker down each time.
            error = Outcome(DeliveryStatus.ERROR, "It could not be sent after many attempts.", is_refused=True)
            self._finish([_Result(claim, None, error) for claim in tired])
        fresh = [claim for claim in claims if claim not in tired]
        with unit_of_work():
            written, left = deliveries.write(fresh, self._links)
            unwanted = deliveries.unwanted(written)
        self._finish([_Result(*one, unwanted[one[0].delivery_id]) for one in written if one[0].delivery_id in unwanted])
        error = Outcome(DeliveryStatus.ERROR, "The message can't be written.", is_refused=True)
        failed = set(fresh) - {claim for claim, _ in written} - set(left)
        self._finish([_Result(claim, None, error) for claim in failed])
        return [one for one in written if one[0].delivery_id not in unwanted], left

    def _send(self, written: Sequence[tuple[Claim, Letter]]) -> None:
        kept = []
        for index, (claim, letter) in enumerate(written):
            if self.stopping.is_set():
                with unit_of_work():
                    deliveries.release([claim for claim, _ in written[index:]])
                break
            channel = self._channels[letter.channel]
            if channel.keeps:
                kept.append(_Result(claim, letter, channel.send(letter, lambda: None)))
            else:
                self._attempt_apart(channel, claim, letter)
        self._finish(kept)

    def _attempt_apart(self, channel: Channel, claim: Claim, letter: Letter) -> None:
        try:
            self._attempt(channel, claim, letter)
        except SQLAlchemyError:
            raise
        except Exception:
            # Held until the hold ends, then tried again a few times; the letters after it are not to wait for that.
            log.exception("delivery %d failed", claim.delivery_id)
            channel.close()

    def _attempt(self, channel: Channel, claim: Claim, letter: Letter) -> None:
        try:
            outcome = channel.send(letter, partial(self._hand_over, claim))
        except HoldLost:
            log.warning("another worker has delivery %d now", claim.delivery_id)
            return
        except Refused as error:
            outcome = deliveries.undelivered(letter.channel, str(error))
        except Unsure as error:
            if self._sends_again:
                self._retry(claim, letter, str(error))
                return
            outcome = Outcome(DeliveryStatus.DELIVERED, deliveries.UNSURE)
        except NotNow as error:
            self._retry(claim, letter, str(error))
            return
        self._finish([_Result(claim, letter, outcome)])

    def _retry(self, claim: Claim, letter: Letter, reason: str) -> None:
        log.warning("delivery %d: attempt %d failed: %s", claim.delivery_id, claim.attempts, reason)
        if claim.attempts >= deliveries.MOST_ATTEMPTS:
            self._finish([_Result(claim, letter, deliveries.undelivered(letter.channel, reason))])
            return
        with unit_of_work():
            deliveries.retry(claim, reason)

    def _hand_over(self, claim: Claim) -> None:
        with unit_of_work():
            if not deliveries.hand_over(claim):
                raise HoldLost

    def _finish(self, results: Sequence[_Result]) -> None:
        if results:
            with unit_of_work():
                deliveries.finish(results)
