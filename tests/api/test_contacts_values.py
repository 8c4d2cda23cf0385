"""0.7: what a contact's members may hold."""

from typing import Any

import pytest

from app.extensions import db
from app.models import Field, FieldKind

from .shop import Shop


@pytest.mark.parametrize(
    "name",
    [
        "Ann", "Ann Lee", "Анна-Марія", "O'Neil", "D\u2019Arcy", "Jean-Luc", "Ann 2", "A1b2c3", "李", "J. R. Ann", "Dr. Ann",
        "Aaaa Bbbb Cccc a b c", "x" * 40, "ע\u05b4ברית", "नमस्ते", "Zoe\u0308",
    ],
)  # fmt: skip
def test_a_first_name_is_accepted(shop: Shop, name: str) -> None:
    id = shop.save(("email", "ann@example.org"), firstName=f"  {name}  ")
    assert shop.read(id)["firstName"] == name.replace("e\u0308", "ë")


@pytest.mark.parametrize(
    "name",
    [
        "x" * 41, "A1234", "12", "-", "'", "-Ann", "Ann-", "A--nn", "Ann!", "<b>", "Anna.", "A.B", "a@b", "{name}", "😀",
        "Aaaa Bbbb Cccc Dddd", "a b c d", "Ann\tL/ee", "x" * 100_000,
    ],
)  # fmt: skip
def test_a_first_name_is_refused(shop: Shop, name: str) -> None:
    assert shop.refusal(firstName=name).keys() == {"firstName"}


def test_a_last_name_may_have_more_words(shop: Shop) -> None:
    shop.save(("email", "ann@example.org"), lastName="Aaaa Bbbb Cccc Dddd")
    assert shop.refusal(lastName="Lee!").keys() == {"lastName"}


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("en", "en"), ("DE-at", "de-AT"), ("zh-hant-tw", "zh-Hant-TW"), ("es-419", "es-419"), ("de-1996", "de-1996"),
        ("sl-rozaj-biske", "sl-rozaj-biske"), ("en-u-ca-buddhist", "en-u-ca-buddhist"), ("x-Private", "x-private"),
    ],
)  # fmt: skip
def test_a_language_tag_is_kept_in_its_usual_form(shop: Shop, sent: str, kept: str) -> None:
    assert shop.read(shop.save(("email", "ann@example.org"), languageCode=sent))["languageCode"] == kept


@pytest.mark.parametrize("tag", ["e", "en_US", "en-", "en--us", "english language", "a-b-c", "12", "en-" + "x" * 40, "еn"])
def test_a_language_tag_is_refused(shop: Shop, tag: str) -> None:
    assert shop.refusal(languageCode=tag).keys() == {"languageCode"}


@pytest.mark.parametrize("zone", ["Mars/Base", "europe/kyiv", "+02:00", "../etc/passwd", "Europe"])
def test_a_time_zone_is_refused(shop: Shop, zone: str) -> None:
    assert shop.refusal(timeZone=zone).keys() == {"timeZone"}


@pytest.mark.parametrize(
    ("type", "value"),
    [
        ("email", "bad"), ("email", "a@b"), ("email", "a b@example.org"), ("email", "x" * 300 + "@example.org"),
        ("email", "Ann <ann@example.org>"), ("email", ""), ("email", "x" * 100_000),
        ("sms", "abc"), ("sms", "38050123456x"), ("sms", "123"), ("sms", "0501234567890"), ("sms", "1" * 16), ("viber", "x"),
        ("sms", "٣٨٠٥٠١٢٣٤٥٦٧"), ("webpush", ""), ("mobilepush", "x" * 2001), ("mobilepush", "\u20ac" * 700),
        ("inapp", "a\nb"),
    ],
)  # fmt: skip
def test_a_channel_is_refused(shop: Shop, type: str, value: str) -> None:
    assert shop.refusal(channels=[{"type": type, "value": value}]).keys() == {"channels.0.value"}


def test_the_longest_token_fits_the_index(any_shop: Shop) -> None:
    id = any_shop.save(("mobilepush", "\u20ac" * 666))
    assert any_shop.save(("mobilepush", "\u20ac" * 666), externalCustomerId="\u20ac" * 255) == id
    assert any_shop.save(("email", "z@example.org"), externalCustomerId="\u20ac" * 255, firstName="\ufdfa" * 40) == id


@pytest.mark.parametrize(
    "members",
    [
        {"channels": []}, {"channels": None}, {"channels": "email"}, {"channels": [[]]},
        {"channels": [{"type": "fax", "value": "1"}]}, {"channels": [{"type": "email"}]},
        {"channels": [{"type": "email", "value": True}]}, {"channels": [{}] * 3001}, {"firstName": ["Ann"]},
        {"firstName": {"a": 1}}, {"firstName": True}, {"address": "Kyiv"}, {"address": []},
        {"externalCustomerId": "x" * 256}, {"externalCustomerId": 1e30}, {"externalCustomerId": "a\nb"},
        {"fields": [{"id": 2**31, "value": "x"}]}, {"fields": [{"id": "x"}]}, {"fields": [{"value": "x"}]},
        {"fields": "x"}, {"addressBookId": 10**30}, {"addressBookId": "x"}, {"addressBookId": 4711}, {"groups": [{}]},
        {"groups": ["A"]}, {"groups": [{"name": "x" * 256}]}, {"groups": [{"name": {}}]},
    ],
)  # fmt: skip
def test_a_member_of_the_wrong_kind_is_refused(shop: Shop, members: dict[str, Any]) -> None:
    errors = shop.refusal(**members)
    assert len(errors) == 1
    assert next(iter(errors)).startswith(next(iter(members)))


FIELDS: list[tuple[FieldKind, dict[str, Any] | None, dict[Any, str], list[Any]]] = [
    (FieldKind.TEXTFIELD, None, {"a": "a", 5: "5", "x" * 1000: "x" * 1000}, ["x" * 1001]),
    (FieldKind.TEXTAREA, None, {"a\nb ": "a\nb ", "x" * 5000: "x" * 5000}, ["x" * 5001]),
    (FieldKind.NUMBER, None, {"007": "7", -5: "-5", str(2**31 - 1): str(2**31 - 1)}, [str(2**31), "1.5", "x", "1" * 5000]),
    (FieldKind.NUMBER, {"minValue": 0, "maxValue": 20}, {"20": "20"}, ["21", "-1"]),
    (FieldKind.DECIMAL, None, {"12.50": "12.50", 0.1: "0.1", "-3": "-3", "1e3": "1000"}, ["1,5", "NaN", "1e999999", "x"]),
    (FieldKind.DATE, None, {"2024-02-29": "2024-02-29"}, ["2023-02-29", "20240229", "29.02.2024", "2024-2-9", "0000-01-01"]),
    (
        FieldKind.DATETIME, None,
        {"2024-02-29T10:30": "2024-02-29T10:30", "2024-02-29T10:30:05+02:00": "2024-02-29T10:30:05+02:00"},
        ["2024-02-29", "2024-02-30T10:30", "2024-02-29 10:30", "2024-02-29T25:00"],
    ),
    (FieldKind.COMBOBOX, {"possibleValues": ["M", "F"]}, {"M": "M"}, ["X", "m", "M,F"]),
    (FieldKind.CHECKBOXLIST, {"possibleValues": ["a", "b"]}, {"b, a,b": "b,a"}, ["a,c"]),
    (FieldKind.TAGS, None, {"x, y,,x": "x,y"}, ["x" * 5001]),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "allowed", "good", "bad"), FIELDS)
def test_an_additional_field_takes_what_its_kind_says(
    any_shop: Shop, kind: FieldKind, allowed: dict[str, Any] | None, good: dict[Any, str], bad: list[Any]
) -> None:
    id = any_shop.save(("email", "ann@example.org"))
    gender = any_shop.field("GENDER")
    with any_shop.site.rules():
        group = db.session.get_one(Field, gender).field_group_id
        field = Field(field_group_id=group, name="Extra", field_key="EXTRA", kind=kind, allowed_values=allowed)
        db.session.add(field)
        db.session.flush()
        number = field.id
    for sent, kept in good.items():
        any_shop.save(("email", "ann@example.org"), fields=[{"id": number, "value": sent}])
        assert any_shop.read(id)["fields"] == [{"id": number, "value": kept}]
    for value in bad:
        assert any_shop.refusal(fields=[{"id": number, "value": value}]).keys() == {"fields.0.value"}
    any_shop.save(("email", "ann@example.org"), fields=[{"id": number}])
    assert any_shop.read(id)["fields"] == []
