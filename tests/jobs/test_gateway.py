"""The HTTP gateway with its signed callback: what it is sent, and what it may say."""

import hmac
import json
import time
from types import SimpleNamespace
from typing import Any

import pytest

from app.jobs.channels.gateway import Gateway
from app.jobs.deliverer import Deliverer
from app.jobs.worker import Worker

from ..api.mailing import ALPHA, MailShop
from ..support.answers import Answer
from ..support.gateway_server import SECRET, GatewayServer
from ..support.sites import Site


def report(shop: MailShop, body: Any, *, secret: str = SECRET, age: int = 0) -> Answer:
    raw, stamp = json.dumps(body).encode(), str(int(time.time()) - age)
    signature = hmac.digest(secret.encode(), stamp.encode() + b"." + raw, "sha256").hex()
    headers = {"X-Timestamp": stamp, "X-Signature": f"sha256={signature}", "Content-Type": "application/json"}
    return shop.site.post("/gateway/status", data=raw, headers=headers)


def test_the_gateway_gets_signed_requests(by_gateway: MailShop, gateway: GatewayServer) -> None:
    (sms,) = by_gateway.text("380501234567")
    (viber,) = by_gateway.text("380501234567", channel="viber", iosExpirityText="Missed", ttlSeconds=60)
    by_gateway.work()
    assert gateway.sent[sms["requestId"]] == {
        "requestId": sms["requestId"], "interactionId": gateway.sent[sms["requestId"]]["interactionId"], "type": "sms",
        "from": ALPHA, "to": "380501234567", "text": "Your code: 4821",
        "statusCallback": "https://mail.example.com/gateway/status",
    }  # fmt: skip
    assert gateway.sent[viber["requestId"]]["ttlSeconds"] == 60
    assert by_gateway.statuses(sms["requestId"], viber["requestId"]) == ["PENDING", "PENDING"]
    assert by_gateway.activity() == []


def test_the_gateways_callback_moves_the_status_forward_only(by_gateway: MailShop) -> None:
    (row,) = by_gateway.text("380501234567", channel="viber", iosExpirityText="Missed")
    by_gateway.work()
    id = row["requestId"]
    for status, moved, now in (("DELIVERED", 1, "DELIVERED"), ("READ", 1, "READ"), ("DELIVERED", 0, "READ"),
                               ("VIBER_EXPIRED_STATE", 0, "READ"), ("CLICKED", 1, "CLICKED")):  # fmt: skip
        answer = report(by_gateway, {"requestId": id, "status": status, "time": "2026-06-01T14:30:00+02:00"})
        assert (answer.status, answer.json) == (200, {"received": 1, "moved": moved})
        assert by_gateway.statuses(id) == [now]
    happened = by_gateway.activity()
    assert [row.status for row in happened] == ["DELIVERED", "READ", "CLICKED"]
    assert happened[0].occurred_at.isoformat() == "2026-06-01T12:30:00+00:00"


def test_a_click_that_is_reported_again_counts_once(by_gateway: MailShop) -> None:
    (row,) = by_gateway.text("380501234567")
    by_gateway.work()
    click = {"requestId": row["requestId"], "status": "CLICKED", "link": "https://shop.example/1"}
    at_once = click | {"time": "2026-06-01T14:30:00Z"}
    again = click | {"time": "2026-06-01T14:30:05Z"}
    for body in (at_once, at_once, again, at_once | {"link": "https://shop.example/2"}, [again, at_once]):
        assert report(by_gateway, body).status == 200
    assert len(by_gateway.activity()) == 3
    stamp = int(time.time())
    for _ in range(3):
        assert report(by_gateway, click, age=int(time.time()) - stamp).status == 200
    assert len(by_gateway.activity()) == 4, "the time of the signature counts where there is no other"


@pytest.mark.parametrize(
    ("news", "answer", "happened"),
    [
        ("DELIVERED", (202, b"{}"), ["DELIVERED"]),
        ("DELIVERED", (200, b'{"status": "SENT"}'), ["DELIVERED"]),
        ("DELIVERED", (200, b'{"status": "DELIVERED"}'), ["DELIVERED"]),
        ("DELIVERED", (422, b"sent already"), ["DELIVERED"]),
        ("EXPIRED", (202, b"{}"), ["UNDELIVERED"]),
    ],
)
def test_news_that_overtake_the_answer_stand(
    by_gateway: MailShop, gateway: GatewayServer, news: str, answer: tuple[int, bytes], happened: list[str]
) -> None:
    def reply(message: dict[str, Any]) -> tuple[int, bytes]:
        assert report(by_gateway, {"requestId": message["requestId"], "status": news}).json["moved"] == 1
        return answer

    gateway.reply = reply
    (row,) = by_gateway.text("380501234567")
    by_gateway.work()
    assert by_gateway.statuses(row["requestId"]) == [news]
    assert [entry.status for entry in by_gateway.activity()] == happened
    assert by_gateway.get("/v1/balance").json["bonusSmses"] == 9
    by_gateway.work()
    assert len(gateway.requests) == 1


def test_a_failure_that_the_gateway_reports_is_told(by_gateway: MailShop) -> None:
    rows = by_gateway.text("380501234567", "380501234568")
    by_gateway.work()
    reports = [
        {"requestId": rows[0]["requestId"], "status": "EXPIRED", "description": "phone off"},
        {"requestId": rows[1]["requestId"], "status": "DELIVERED"},
        {"requestId": "unknown", "status": "DELIVERED"},
    ]
    assert report(by_gateway, reports).json == {"received": 3, "moved": 2}
    results = by_gateway.get("/v1/message/status", ids=",".join(row["requestId"] for row in rows)).json["results"]
    assert (results[0]["status"], results[0]["failed"], results[0]["message"]) == ("EXPIRED", True, "phone off")
    assert (results[1]["status"], results[1]["delivered"]) == ("DELIVERED", True)


def test_a_callback_that_is_not_the_gateways_changes_nothing(by_gateway: MailShop, site: Site) -> None:
    (row,) = by_gateway.text("380501234567")
    by_gateway.work()
    body = {"requestId": row["requestId"], "status": "DELIVERED"}
    assert report(by_gateway, body, secret="x" * 40).status == 401
    assert report(by_gateway, body, age=600).status == 401
    assert by_gateway.site.post("/gateway/status", json=body).status == 401
    for broken in ({"requestId": "x"}, {"requestId": "x", "status": "NEW"}, {"status": "READ"}, [1], "x", None,
                   {"requestId": "x", "status": "IN_QUEUE"}):  # fmt: skip
        assert report(by_gateway, broken).status == 400, broken
    assert by_gateway.statuses(row["requestId"]) == ["PENDING"]
    assert site.post("/gateway/status", json=body).status == 401, "there is no gateway"


def test_the_gateways_refusals_are_final_or_not(
    by_gateway: MailShop, gateway: GatewayServer, clock: SimpleNamespace
) -> None:
    answers = iter([(503, b"down"), (429, b"slow"), (422, b"no such phone")])
    gateway.reply = lambda message: next(answers, None)
    (row,) = by_gateway.text("380501234567")
    for expected in ("IN_QUEUE", "IN_QUEUE", "SMS_UNDELIVERED_STATE"):
        by_gateway.work()
        assert by_gateway.statuses(row["requestId"]) == [expected]
        clock.advance(seconds=60)
    assert {headers["Idempotency-Key"] for headers, _ in gateway.requests} == {row["requestId"]}
    assert by_gateway.get("/v1/balance").json["bonusSmses"] == 10, "given back"


def test_a_gateway_that_knows_at_once_says_so(by_gateway: MailShop, gateway: GatewayServer) -> None:
    gateway.reply = lambda message: (200, b'{"status": "DELIVERED"}')
    (row,) = by_gateway.text("380501234567")
    by_gateway.work()
    assert by_gateway.statuses(row["requestId"]) == ["DELIVERED"]
    assert [entry.status for entry in by_gateway.activity()] == ["DELIVERED"]


def test_a_repetition_after_a_crash_is_known_by_its_key(
    by_gateway: MailShop, gateway: GatewayServer, clock: SimpleNamespace
) -> None:
    """The worker dies after the gateway has answered; the next one asks again, with the same key."""
    (row,) = by_gateway.text("380501234567")

    def die(self: Deliverer, results: list[object]) -> None:
        if results:
            raise KeyboardInterrupt

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Deliverer, "_finish", die)
        with pytest.raises(KeyboardInterrupt):
            Worker(by_gateway.site.app).work()
    clock.advance(seconds=31)
    by_gateway.work()
    assert len(gateway.requests) == 2
    assert list(gateway.sent) == [row["requestId"]]
    assert by_gateway.statuses(row["requestId"]) == ["PENDING"]


def test_a_message_that_takes_every_worker_down_is_given_up(
    by_gateway: MailShop, gateway: GatewayServer, clock: SimpleNamespace
) -> None:
    (row,) = by_gateway.text("380501234567")

    def die(*_: object) -> None:
        raise KeyboardInterrupt

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Gateway, "send", die)
        for _ in range(10):
            with pytest.raises(KeyboardInterrupt):
                Worker(by_gateway.site.app).sweep()
            clock.advance(seconds=31)
        by_gateway.work()
    result = by_gateway.get("/v1/message/status", ids=row["requestId"]).json["results"][0]
    assert (result["status"], result["message"]) == ("ERROR", "It could not be sent after many attempts.")
    assert gateway.requests == []
    assert by_gateway.get("/v1/balance").json["bonusSmses"] == 10, "given back"
