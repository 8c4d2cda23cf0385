"""The door to terminals: ``flask --app wsgi ...``. Commands translate; each prints one JSON value."""

from flask import Flask

from .address_books import address_books
from .api_keys import api_keys
from .apps import apps
from .connections import connections
from .demo import demo
from .event_types import event_types
from .methods import methods
from .purge import purge
from .resource_servers import resource_servers
from .start import start
from .subscriptions import subscriptions
from .users import users


def register(app: Flask) -> None:
    """Add the commands to ``app``."""
    for command in (
        address_books,
        api_keys,
        apps,
        connections,
        demo,
        event_types,
        methods,
        purge,
        resource_servers,
        start,
        subscriptions,
        users,
    ):
        app.cli.add_command(command)
