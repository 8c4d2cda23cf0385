"""What a contact's members may hold. Each check gives the value back as it is stored, or says in a ValueError why not."""

import re
import unicodedata
from functools import lru_cache
from zoneinfo import available_timezones

from .. import email_addresses
from ..models import ChannelType
from ..words import N_, sentence
from .users import normalize_email

PHONES = frozenset({ChannelType.SMS, ChannelType.VIBER})

_LONGEST_EMAIL = 254
# Most addresses are as plain as this; whether others are valid takes longer to say.
_PLAIN_EMAIL = re.compile(r"(?=[^@]{1,64}@)[A-Za-z0-9]+(?:[._+-][A-Za-z0-9]+)*@([A-Za-z0-9.-]{1,150})")
_LONGEST_TOKEN = 2000  # bytes; an index row of PostgreSQL holds at most 2,700
_PHONE = re.compile(r"[1-9][0-9]{6,14}")
_PHONE_SIGNS = str.maketrans("", "", "+ -().\u00a0")

# RFC 5646 section 2.1, without the grandfathered tags; in parts, because JSON Schema has to read it, too.
_LETTER, _SIGN = "[A-Za-z]", "[A-Za-z0-9]"
_PRIVATE = f"[Xx](-{_SIGN}{{1,8}})+"
LANGUAGE = (
    f"({_LETTER}{{2,3}}(-{_LETTER}{{3}}){{0,3}}|{_LETTER}{{4,8}})"  # language
    f"(-{_LETTER}{{4}})?"  # script
    f"(-({_LETTER}{{2}}|[0-9]{{3}}))?"  # region
    f"(-({_SIGN}{{5,8}}|[0-9]{_SIGN}{{3}}))*"  # variants
    f"(-[0-9A-WYZa-wyz](-{_SIGN}{{2,8}})+)*"  # extensions
    f"(-{_PRIVATE})?|{_PRIVATE}"
)
LANGUAGE_OR_NONE = rf"^\s*({LANGUAGE})?\s*$"
_LANGUAGE = re.compile(LANGUAGE)
_LONGEST_LANGUAGE = 35


def check_channel(kind: ChannelType, value: str) -> str:
    if kind is ChannelType.EMAIL:
        return check_email(value)
    return check_phone(value) if kind in PHONES else check_token(value)


def check_email(value: str) -> str:
    plain = _PLAIN_EMAIL.fullmatch(value)
    if plain and _is_good_domain(plain[1].lower()):
        return value.lower()
    if len(value) > _LONGEST_EMAIL:
        raise ValueError(N_("An email address has at most 254 characters."))
    try:
        return normalize_email(email_addresses.checked(value.strip()))
    except ValueError as error:
        raise ValueError(sentence("'%(value)s' is not valid email", value=value)) from error


@lru_cache(maxsize=4096)
def _is_good_domain(domain: str) -> bool:
    """Whether an address may end so; remembered, because imports ask a million times for a few of them."""
    try:
        return email_addresses.checked(f"a@{domain}") == f"a@{domain}"
    except ValueError:
        return False


def check_phone(value: str) -> str:
    """International digits. The signs between which people write them are dropped."""
    digits = strip_phone(value)
    if not _PHONE.fullmatch(digits):
        raise ValueError(
            sentence("'%(value)s' is not valid phone: send the international number in digits", value=value[:40])
        )
    return digits


def strip_phone(value: str) -> str:
    return value.strip().translate(_PHONE_SIGNS)


def check_token(value: str) -> str:
    value = value.strip()
    if not value or not value.isprintable() or len(value.encode()) > _LONGEST_TOKEN:
        raise ValueError(N_("A token has 1 to 2,000 printable characters."))
    return value


def check_line(value: str, longest: int = 255) -> str:
    """A single line of text."""
    value = value.strip()
    if len(value) > longest:
        raise ValueError(sentence("At most %(longest)s characters.", longest=longest))
    if not value.isprintable():
        raise ValueError(N_("Line breaks and control characters are not accepted here."))
    return value


def check_postcode(value: str) -> str:
    return check_line(value, 40)


def check_language(value: str) -> str:
    """A language tag, written as RFC 5646 section 2.1.1 recommends."""
    value, is_long = value.strip(), len(value) > _LONGEST_LANGUAGE
    if is_long or (value and not _LANGUAGE.fullmatch(value)):
        raise ValueError(N_("Send a language tag (RFC 5646), such as 'en' or 'de-AT'."))
    first, *rest = value.lower().split("-")
    return "-".join([first, *_cased(rest)])


def _cased(subtags: list[str]) -> list[str]:
    cased, after_singleton = [], False
    for subtag in subtags:
        script_or_region = {2: subtag.upper(), 4: subtag.title()}.get(len(subtag), subtag)
        cased.append(subtag if after_singleton else script_or_region)
        after_singleton = after_singleton or len(subtag) == 1
    return cased


def check_time_zone(value: str) -> str:
    value = value.strip()
    if value and value not in _time_zones():
        raise ValueError(N_("Send a name of the time zone database, such as 'Europe/Kyiv'."))
    return value


@lru_cache(maxsize=1)
def _time_zones() -> frozenset[str]:
    return frozenset(available_timezones())


def fold(name: str) -> str:
    """A name as it is searched for: without regard to case, to the form of its accents, or to spaces."""
    return " ".join(unicodedata.normalize("NFC", name).casefold().split())
