"""Bodies as nobody should send them: always a clear refusal, never a failure of the server."""

import pytest

from .shop import Shop

NOT_JSON = [
    b"", b" ", b"{", b'{"channels":', b"{'a': 1}", b"\xff\xfe", b"[" * 5000, b"[" * 500_000, b'{"a":1e999}', b'{"a":NaN}',
    b'{"a":"\\ud800"}', b'{"a":"\xed\xa0\x80"}', b'{"a":"\x00"}', b'{"a":1}x',
]  # fmt: skip


@pytest.mark.parametrize("body", NOT_JSON, ids=lambda body: repr(body[:20]))
def test_what_is_not_json_is_malformed(shop: Shop, body: bytes) -> None:
    answer = shop.post_raw(body)
    assert (answer.status, answer.json["error"]) == (400, "bad_request")
    assert answer.json["detail"].startswith("The body is not valid")


@pytest.mark.parametrize("body", [b"null", b"[]", b"1", b'"x"', b"true", b"{}", b'[{"channels":[]}]'])
def test_json_of_another_shape_is_refused(shop: Shop, body: bytes) -> None:
    answer = shop.post_raw(body)
    assert answer.status == 422
    assert answer.json["errors"].keys() <= {"body", "channels"}


def test_nul_characters_are_refused_wherever_they_are(any_shop: Shop) -> None:
    answer = any_shop.post_raw(
        b'{"channels":[{"type":"email","value":"a\\u0000@example.org"}],"firstName":"\\u0000","unknown":{"a":["\\u0000"]}}'
    )
    assert answer.status == 422
    assert answer.json["errors"].keys() == {"channels.0.value", "firstName", "unknown.a.0"}
    harmless = b'{"channels":[{"type":"email","value":"a@example.org"}],"unknown":"\\\\u0000"}'
    assert any_shop.post_raw(harmless).status == 200


def test_what_is_nested_deeper_than_anybody_means_is_refused(shop: Shop) -> None:
    """Python's JSON writer, which databases are written with, fails at a thousand levels."""
    for depth, status in ((98, 200), (101, 400), (1000, 400)):
        body = b'{"channels":[{"type":"email","value":"a@example.org"}],"unknown":' + b"[" * depth + b"]" * depth + b"}"
        answer = shop.post_raw(body)
        assert answer.status == status, depth
        assert status == 200 or "nested too deeply" in answer.json["detail"]


def test_a_flood_of_mistakes_gets_a_short_answer(shop: Shop) -> None:
    for body in (b'{"channels":[' + b"1," * 2_000_000 + b"1]}", b'["' + b'\\u0000","' * 1_000_000 + b'"]'):
        answer = shop.post_raw(body)
        assert answer.status == 422
        assert len(answer.text) < 20_000


def test_a_body_over_the_limit_is_too_large(shop: Shop) -> None:
    answer = shop.post_raw(b" " * (16 * 2**20 + 1))
    assert (answer.status, answer.json["error"]) == (413, "content_too_large")


@pytest.mark.parametrize(
    ("content_type", "encoding", "status"),
    [
        ("application/json", "utf-8", 200),
        ("application/json; charset=UTF-8", "utf-8", 200),
        ("application/json; charset=utf8", "utf-8-sig", 200),
        ("application/json; charset=windows-1251", "windows-1251", 200),
        ("application/json; charset=utf-16", "utf-16", 200),
        ("application/vnd.api+json", "utf-8", 200),
        ("application/json; charset=", "utf-8", 200),
        ("", "utf-8", 200),
        ("application/json", "windows-1251", 400),
        ("application/json; charset=idna", "utf-8", 415),
        ("application/json; charset=Punycode", "utf-8", 415),
        ("application/json; charset=undefined", "utf-8", 415),
        ("application/json; charset=hex", "utf-8", 415),
        ("application/json; charset=klingon", "utf-8", 415),
        ("text/plain", "utf-8", 415),
        ("multipart/form-data; boundary=x", "utf-8", 415),
    ],
)
def test_the_content_type_says_how_to_read(shop: Shop, content_type: str, encoding: str, status: int) -> None:
    body = '{"channels":[{"type":"email","value":"a@example.org"}],"firstName":"Анна"}'
    answer = shop.post_raw(body.encode(encoding), content_type)
    assert answer.status == status, answer.text
    if status == 200:
        assert shop.read(answer.json["id"])["firstName"] == "Анна"


@pytest.mark.settings(rate_limit_import="600/minute")
def test_what_the_document_says_is_read_leniently_is_and_nothing_else(shop: Shop) -> None:
    """Numbers and true or false as texts, one item for a list; but no `true` for a number, and no other words."""
    contact = shop.save(("email", "ann@example.org"), groups=[{"name": "Friends"}])
    segment = shop.read(contact)["groups"][0]["id"]

    def detach(ids: object) -> int:
        return shop.send("POST", f"/v1/group/{segment}/contacts/detach", json={"contactIds": ids}).status

    assert [detach(ids) for ids in (contact, str(contact), [f"{contact}"], None)] == [200] * 4
    assert [detach(ids) for ids in (True, [False], "1_0", " 1 ", 1.5, "x", "9" * 30, {})] == [422] * 8

    def restores(flag: object) -> int:
        body = {"contacts": {"channels": [{"type": "email", "value": "eve@example.org"}]}, "restoreDeleted": flag}
        return shop.send("POST", "/v1/contacts", json=body).status

    assert [restores(flag) for flag in (True, 1, 0, "true", "FALSE", "0", None)] == [200] * 7
    assert [restores(flag) for flag in (2, "yes", "", [True], 1.5)] == [422] * 5


def test_the_sentence_of_a_refusal_says_which_member_is_meant(shop: Shop) -> None:
    answer = shop.send("POST", "/v1/messages/email", json={"name": "Sale"})
    assert answer.json["message"] == answer.json["detail"] == "from: Field required."
    assert answer.json["errors"].keys() == {"from", "subject", "htmlText"}
