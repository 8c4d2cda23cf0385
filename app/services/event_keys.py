"""Keys of events: which characters they may have, and from which parameter one is taken when none is given."""

from collections.abc import Iterable, Mapping
from typing import Any

# Source: the reference, 5.1; the same for event types, event keys and names of forms.
FORBIDDEN = frozenset("<;'\\/|\"^?!,>`")

# In this order; each with the other names by which it goes, in any letter case.
_IDENTIFIERS = (
    ("contactid", "contact_id"),
    ("externalcustomerid", "contactkey", "contact_key"),
    ("email", "emailaddress", "useremail", "contactemail"),
    ("phone", "sms", "phonenumber"),
    ("pushtoken",),
)


def problem(key: str, *, longest: int) -> str | None:
    """What is wrong with ``key``; None when nothing is."""
    if not key.strip():
        return "must not be empty"
    if len(key) > longest:
        return f"has at most {longest} characters"
    found = sorted(FORBIDDEN.intersection(key))
    if found:
        return f"must not contain {' '.join(found)}"
    if not key.isprintable():
        return "must not contain control characters"
    return None


def derive(params: Iterable[Mapping[str, Any]]) -> str | None:
    """The key that ``params`` suggest: the first identifier of a contact among them that has a value."""
    values: dict[str, str] = {}
    for param in params:
        value = param["value"]
        if isinstance(value, str | int) and not isinstance(value, bool) and str(value).strip():
            values.setdefault(str(param["name"]).lower(), str(value).strip())
    return next((values[name] for names in _IDENTIFIERS for name in names if name in values), None)
