"""The loads: what is asked of the servers in each round, in turn."""

import base64
import random
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

from .data import CALLBACK, Data, LiveToken, Partner

# More than any round can use up: a load that runs dry fails.
_CODES_PER_HELLO = 0.6
_REFRESHED_AT_ONCE = 500


@dataclass(frozen=True)
class Load:
    """A load.

    :param supplies: ``supplies(data, wanted)`` makes the lines of requests; ``wanted`` is how many a bare server would
        have answered. :param goals: R by database, as design.md section 5 sets them.
    """

    name: str
    path: str
    script: str
    supplies: Callable[[Data, int], Iterable[str]]
    goals: Mapping[str, float]

    def write_supplies(self, data: Data, wanted: int, folder: Path) -> Path:
        file = folder / f"{self.name}.supplies"
        file.write_text("".join(f"{line}\n" for line in self.supplies(data, wanted)))
        return file


def _basic(partner: Partner) -> str:
    return "Basic " + base64.b64encode(f"{partner.client_id}:{partner.secret}".encode()).decode()


def _calls(data: Data, wanted: int) -> Iterable[str]:
    return (f"Bearer {token.access_token}" for token in data.tokens)


def _exchanges(data: Data, wanted: int) -> Iterable[str]:
    for partner, code in data.add_codes(int(wanted * _CODES_PER_HELLO)):
        body = {"grant_type": "authorization_code", "code": code, "redirect_uri": CALLBACK}
        yield f"{_basic(partner)}\t{urlencode(body)}"


def _refreshes(data: Data, wanted: int) -> Iterable[str]:
    for token in _take_unused(data, _REFRESHED_AT_ONCE):
        yield f"{_basic(token.partner)}\tgrant_type=refresh_token&refresh_token={token.refresh_token}"


def _introspections(data: Data, wanted: int) -> Iterable[str]:
    return (f"{_basic(token.partner)}\ttoken={token.access_token}" for token in data.tokens)


def _take_unused(data: Data, count: int) -> list[LiveToken]:
    """Tokens that no earlier round has refreshed."""
    taken, data.unrefreshed[:] = data.unrefreshed[:count], data.unrefreshed[count:]
    if len(taken) < count:
        raise SystemExit("Too few connections for so many rounds: give more with --tokens.")
    random.shuffle(taken)
    return taken


LOADS = (
    Load("guarded call", "/api/v1/version", "cycle.lua", _calls, {"postgresql": 0.55, "sqlite": 0.45}),
    Load("refresh", "/uaa/oauth/token", "refresh.lua", _refreshes, {"postgresql": 0.30, "sqlite": 0.20}),
    Load("exchange", "/uaa/oauth/token", "once.lua", _exchanges, {"postgresql": 0.27}),
    Load("introspection", "/uaa/oauth/introspect", "cycle.lua", _introspections, {"postgresql": 0.42}),
)
