"""All commands of the product's own."""

from .address_books import address_books
from .api_keys import api_keys
from .apps import apps
from .balance import balance
from .connections import connections
from .demo import demo
from .event_types import event_types
from .limits import limits
from .messages import messages
from .methods import methods
from .organizations import organizations
from .purge import purge
from .resource_servers import resource_servers
from .senders import senders
from .start import start
from .subscriptions import subscriptions
from .users import users

COMMANDS = (
    address_books,
    api_keys,
    apps,
    balance,
    connections,
    demo,
    event_types,
    limits,
    messages,
    methods,
    organizations,
    purge,
    resource_servers,
    senders,
    start,
    subscriptions,
    users,
)
