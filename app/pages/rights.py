"""Rights and scopes in the words in which pages list them."""

from .. import scopes
from ..languages import say
from ..scopes import Right


def describe(scope: str) -> list[dict[str, str]]:
    """Title and sentence of each right or scope in ``scope``."""
    items = [scopes.GRANTABLE[name] for name in scopes.names_of(scope)]
    return [
        {
            "name": item.name,
            "title": item.title,
            "sentence": say(item.summary) if isinstance(item, Right) else f"{say(item.allows)}.",
        }
        for item in items
    ]
