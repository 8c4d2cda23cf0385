"""What additional fields may hold, by their kind."""

import re
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal, InvalidOperation

from ..models import Field, FieldKind
from ..words import sentence

_INT32 = range(-(2**31), 2**31)
_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_DATETIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,6})?)?(Z|[+-]\d\d:\d\d)?", re.ASCII)
_LONGEST_DECIMAL = 40


def check(field: Field, value: str | None) -> str | None:
    """The value as it is stored; None when nothing is left of it.

    :raises ValueError: saying why it does not fit.
    """
    if field.is_readonly:
        raise ValueError(sentence("The field '%(name)s' can't be changed.", name=field.name))
    value = value if value is None or field.kind is FieldKind.TEXTAREA else value.strip()
    if not value:
        if field.is_required:
            raise ValueError(sentence("The field '%(name)s' can't be empty.", name=field.name))
        return None
    return _CHECKS[field.kind](field, value) or None


def _text(field: Field, value: str, longest: int = 1000) -> str:
    if len(value) > longest:
        raise ValueError(
            sentence("The field '%(name)s' takes at most %(longest)s characters.", name=field.name, longest=longest)
        )
    return value


def _text_area(field: Field, value: str) -> str:
    return _text(field, value, longest=5000)


def _number(field: Field, value: str) -> str:
    if not re.fullmatch(r"[+-]?[0-9]{1,20}", value) or int(value) not in _INT32:
        raise ValueError(sentence("'%(value)s' is not a 32-bit integer.", value=value[:40]))
    _check_limits(field, Decimal(value))
    return str(int(value))


def _decimal(field: Field, value: str) -> str:
    try:
        number = Decimal(value) if value.isascii() and len(value) <= _LONGEST_DECIMAL else Decimal("NaN")
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite() or abs(number.adjusted()) > _LONGEST_DECIMAL:
        raise ValueError(sentence("'%(value)s' is not a decimal number.", value=value[:40]))
    _check_limits(field, number)
    return f"{number:f}"


def _check_limits(field: Field, number: Decimal) -> None:
    limits = field.allowed_values or {}
    low, high = limits.get("minValue"), limits.get("maxValue")
    if (low is not None and number < Decimal(str(low))) or (high is not None and number > Decimal(str(high))):
        raise ValueError(
            sentence("The field '%(name)s' takes numbers from %(low)s to %(high)s.", name=field.name, low=low, high=high)
        )


def _date(field: Field, value: str) -> str:
    try:
        if _DATE.fullmatch(value):
            return date.fromisoformat(value).isoformat()
    except ValueError:
        pass
    raise ValueError(sentence("'%(value)s' is not a date: send YYYY-MM-DD.", value=value[:40]))


def _datetime(field: Field, value: str) -> str:
    try:
        if _DATETIME.fullmatch(value):
            datetime.fromisoformat(value)
            return value
    except ValueError:
        pass
    raise ValueError(sentence("'%(value)s' is not a time: send YYYY-MM-DDTHH:mm.", value=value[:40]))


def _one_of_a_list(field: Field, value: str) -> str:
    possible = (field.allowed_values or {}).get("possibleValues", [])
    if value not in possible:
        raise ValueError(
            sentence("The field '%(name)s' takes one of: %(values)s.", name=field.name, values=", ".join(possible))
        )
    return value


def _several_of_a_list(field: Field, value: str) -> str:
    return ",".join(_one_of_a_list(field, part) for part in _parts(field, value))


def _tags(field: Field, value: str) -> str:
    return ",".join(_parts(field, value))


def _parts(field: Field, value: str) -> list[str]:
    """What stands between the commas, each once."""
    return list(dict.fromkeys(part.strip() for part in _text_area(field, value).split(",") if part.strip()))


_CHECKS: dict[FieldKind, Callable[[Field, str], str]] = {
    FieldKind.TEXTFIELD: _text,
    FieldKind.TEXTAREA: _text_area,
    FieldKind.NUMBER: _number,
    FieldKind.DECIMAL: _decimal,
    FieldKind.DATE: _date,
    FieldKind.DATETIME: _datetime,
    FieldKind.COMBOBOX: _one_of_a_list,
    FieldKind.CHECKBOXLIST: _several_of_a_list,
    FieldKind.TAGS: _tags,
}
