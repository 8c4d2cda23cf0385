"""Push tokens, and what devices report of messages, on the wire."""

from datetime import datetime
from typing import Literal

from pydantic import Field

from ...errors import Invalid
from ...models import DeliveryStatus
from ...services import local_times
from .broadcast import MomentOrNone
from .wire import Flag, Text, Wire

_STATUSES = {
    "DELIVERED": DeliveryStatus.DELIVERED, "OPENED": DeliveryStatus.READ, "CLICKED": DeliveryStatus.CLICKED,
}  # fmt: skip


class TokenState(Wire):
    active: Flag


class InteractionBody(Wire):
    """What a device reports of one message."""

    token: Text = Field(description="The device's token, to which the message went.")
    status: Literal["DELIVERED", "OPENED", "CLICKED"]
    time: MomentOrNone | None = Field(None, description="`YYYY-MM-DDThh:mm:ssZ`, offset accepted; left out: now.")

    @property
    def moves_to(self) -> DeliveryStatus:
        return _STATUSES[self.status]

    @property
    def happened_at(self) -> datetime | None:
        """:raises Invalid: the time can't be read."""
        if not self.time:
            return None
        found = local_times.read(self.time)
        if found is None:
            raise Invalid({"time": ["Send a time such as 2025-01-31T13:30:00Z."]})
        return found
