"""Shops for the tests of the API."""

import pytest

from ..support.sites import Site
from .shop import Shop


@pytest.fixture
def shop(site: Site) -> Shop:
    """A shop on SQLite."""
    return Shop(site)


@pytest.fixture
def any_shop(any_site: Site) -> Shop:
    """A shop on both databases."""
    return Shop(any_site)
