"""Carries broadcasts out, a step at a time."""

from collections.abc import Callable

from flask import Flask

from ..database import unit_of_work
from ..services import balance, broadcast_steps
from ..settings import Settings


def make(app: Flask) -> Callable[[], int]:
    """The chore: writes down the deliveries of a part of one broadcast that is due."""
    settings: Settings = app.config["SETTINGS"]
    tariff = balance.tariff_of(settings)

    def carry_on() -> int:
        with unit_of_work():
            return broadcast_steps.carry_on(tariff)

    return carry_on
