"""SMTP against a real server, the HTTP gateway with its signed callback, retries and back-off."""

import hmac
import http.server
import json
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from aiosmtpd.smtp import LoginPassword
from flask import Flask
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from app.extensions import db
from app.jobs.channels import HandOver
from app.jobs.channels.gateway import Gateway
from app.jobs.channels.smtp import Smtp
from app.jobs.deliverer import Deliverer
from app.jobs.worker import Worker
from app.models import Delivery, UnsubscribedBy
from app.services import deliveries, letters, unsubscribed
from app.services.deliveries import Outcome
from app.services.letters import Letter

from ..api.mailing import ALPHA, MailShop
from ..support.answers import Answer
from ..support.document_host import HOST, certificates
from ..support.mail_server import MailServer
from ..support.sites import Site

ANN, BOB = "ann@example.org", "bob@example.org"
SECRET = "the-secret-of-the-gateway-and-the-server"


@pytest.fixture
def open_shop(make_app: Callable[..., Flask]) -> Iterator[Callable[..., MailShop]]:
    sites: list[Site] = []

    def make(**settings: Any) -> MailShop:
        sites.append(Site(make_app(**settings)))
        return MailShop(sites[-1])

    yield make
    for site in sites:
        site.close()


@pytest.fixture
def by_mail(open_shop: Callable[..., MailShop], mail_server: MailServer) -> MailShop:
    return open_shop(smtp_url=mail_server.url, base_url="https://mail.example.com")


class GatewayServer:
    """Takes messages over HTTP, and each key once. :ivar reply: gives a status and body instead of 202."""

    def __init__(self) -> None:
        self.requests: list[tuple[dict[str, str], dict[str, Any]]] = []
        self.sent: dict[str, dict[str, Any]] = {}
        self.reply: Callable[[dict[str, Any]], tuple[int, bytes] | None] = lambda message: None
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                status, answer = outer.take(dict(self.headers), body)
                self.send_response(status)
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, format: str, *args: Any) -> None:
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}/send?account=1"

    def take(self, headers: dict[str, str], body: bytes) -> tuple[int, bytes]:
        expected = hmac.digest(SECRET.encode(), headers["X-Timestamp"].encode() + b"." + body, "sha256").hex()
        if headers["X-Signature"] != f"sha256={expected}" or abs(time.time() - int(headers["X-Timestamp"])) > 5:
            return 401, b"forged"
        message = json.loads(body)
        self.requests.append((headers, message))
        replied = self.reply(message)
        if replied is None or replied[0] < 300:
            self.sent.setdefault(headers["Idempotency-Key"], message)
        return replied or (202, b"{}")

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def gateway() -> Iterator[GatewayServer]:
    server = GatewayServer()
    yield server
    server.stop()


@pytest.fixture
def by_gateway(open_shop: Callable[..., MailShop], gateway: GatewayServer) -> MailShop:
    shop = open_shop(gateway_url=gateway.url, gateway_secret=SECRET, base_url="https://mail.example.com")
    shop.fund("10")
    return shop


def test_an_email_arrives_whole(by_mail: MailShop, mail_server: MailServer) -> None:
    (row,) = by_mail.mail(
        "ann@example.org", subject="Замовлення № 1", plainText=".dots\n..and more\n", ampHtmlText="<html amp4email></html>",
        htmlText="<p>Дякуємо</p>\n.\n<p>end</p>", trackUrls=False,
    )  # fmt: skip
    by_mail.work()
    (mail,) = mail_server.mails
    assert mail_server.recipients == [ANN]
    assert (mail["From"], mail["To"], mail["Subject"]) == ("Example Shop <shop@example.org>", ANN, "Замовлення № 1")
    assert mail["Message-ID"] == f"<{row['requestId']}@mail.example.com>"
    plain, amp, page = mail.iter_parts()
    assert [part.get_content_type() for part in (plain, amp, page)] == ["text/plain", "text/x-amp-html", "text/html"]
    assert plain.get_content().splitlines() == [".dots", "..and more"]  # type: ignore[attr-defined]
    assert page.get_content().splitlines()[:2] == ["<p>Дякуємо</p>", "."]  # type: ignore[attr-defined]
    assert by_mail.statuses(row["requestId"]) == ["DELIVERED"]
    assert by_mail.letters() == [], "nothing stays here"


def test_one_click_unsubscribing_really_unsubscribes(by_mail: MailShop, mail_server: MailServer) -> None:
    by_mail.mail(ANN)
    by_mail.work()
    (mail,) = mail_server.mails
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    link = str(mail["List-Unsubscribe"]).strip("<>")
    assert link.startswith("https://mail.example.com/unsubscribe/")
    asked = by_mail.site.get(link)
    assert (asked.status, "Unsubscribe?" in asked.words) == (200, True)
    (row,) = by_mail.mail(ANN)
    done = by_mail.site.post(link, data={"List-Unsubscribe": "One-Click"})
    assert (done.status, "You are unsubscribed" in done.words) == (200, True)
    by_mail.work()
    (later,) = by_mail.mail(ANN)
    assert by_mail.statuses(row["requestId"], later["requestId"]) == ["UNSUBSCRIBED"] * 2, "also what was under way"
    assert len(mail_server.mails) == 1
    assert [row.status for row in by_mail.activity()].count("UNSUBSCRIBED") == 1
    assert by_mail.site.post(link).status == 200
    assert by_mail.site.post(link[:-3] + "AAA").status == 404


def test_an_address_whose_owner_complained_is_blacklisted_and_one_that_unsubscribed_may_be_asked_again(
    by_mail: MailShop, mail_server: MailServer
) -> None:
    (under_way,) = by_mail.mail(ANN)
    with by_mail.site.rules():
        unsubscribed.add(by_mail.organization_id, [ANN], UnsubscribedBy.COMPLAINT)
        unsubscribed.add(by_mail.organization_id, [BOB])
    (later,) = by_mail.mail(ANN)
    by_mail.send("POST", "/v1/contact/subscribe", json={"contact": {"channels": [{"type": "email", "value": BOB}]}})
    by_mail.work()
    assert by_mail.statuses(under_way["requestId"], later["requestId"]) == ["BLACKLISTED"] * 2
    assert mail_server.recipients == [BOB], "the double opt-in is exempt"


def test_a_recipient_that_is_refused_for_good_costs_nothing(by_mail: MailShop, mail_server: MailServer) -> None:
    mail_server.on_recipient = lambda address: "550 5.1.1 no such user" if address == BOB else None
    before = by_mail.get("/v1/balance").json["bonusEmails"]
    rows = by_mail.mail(ANN, BOB)
    assert by_mail.get("/v1/balance").json["bonusEmails"] == before - 2
    by_mail.work()
    assert by_mail.statuses(*(row["requestId"] for row in rows)) == ["DELIVERED", "UNDELIVERED"]
    assert by_mail.get("/v1/balance").json["bonusEmails"] == before - 1
    refused = by_mail.activity()[-1]
    assert (refused.status, refused.status_description) == ("UNDELIVERED", "550 5.1.1 no such user")


@pytest.mark.parametrize("where", ["on_recipient", "on_data"])
def test_what_is_refused_for_now_is_tried_again_later_and_later(
    by_mail: MailShop, mail_server: MailServer, clock: SimpleNamespace, where: str
) -> None:
    tries: list[object] = []
    setattr(mail_server, where, lambda what: tries.append(what) or ("451 4.3.0 later" if len(tries) < 4 else None))
    (row,) = by_mail.mail(ANN)
    for tried, pause in ((1, 13), (2, 25), (3, 49), (4, 0)):
        by_mail.work()
        by_mail.work()
        assert len(tries) == tried, "not before it is time"
        clock.advance(seconds=pause)
    assert by_mail.statuses(row["requestId"]) == ["DELIVERED"]
    assert len(mail_server.mails) == 1


def test_after_many_attempts_it_is_given_up(by_mail: MailShop, mail_server: MailServer, clock: SimpleNamespace) -> None:
    mail_server.on_data = lambda mail: "451 4.3.0 later"
    (row,) = by_mail.mail(ANN)
    for _ in range(12):
        by_mail.work()
        clock.advance(seconds=4400)
    result = by_mail.get("/v1/message/status", ids=row["requestId"]).json["results"][0]
    assert (result["status"], result["failed"], result["message"]) == ("UNDELIVERED", True, "451 4.3.0 later")
    assert by_mail.get("/v1/balance").json["bonusEmails"] == 2500


def test_a_server_that_is_away_loses_nothing(
    open_shop: Callable[..., MailShop], mail_server: MailServer, clock: SimpleNamespace
) -> None:
    shop = open_shop(smtp_url=mail_server.url)
    mail_server.stop()
    rows = shop.mail(ANN, BOB)
    shop.work()
    assert shop.statuses(*(row["requestId"] for row in rows)) == ["IN_QUEUE"] * 2
    mail_server.start()
    clock.advance(seconds=15)
    shop.work()
    assert shop.statuses(*(row["requestId"] for row in rows)) == ["DELIVERED"] * 2


def test_a_server_is_trusted_only_with_a_certificate_of_its_own(
    open_shop: Callable[..., MailShop], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, clock: SimpleNamespace
) -> None:
    authority = certificates(tmp_path)
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(tmp_path / "cert.pem", tmp_path / "key.pem")
    server = MailServer(tls)
    try:
        shop = open_shop(smtp_url=server.url)
        (row,) = shop.mail(ANN)
        shop.work()
        assert shop.statuses(row["requestId"]) == ["IN_QUEUE"]
        assert server.mails == []
        monkeypatch.setenv("SSL_CERT_FILE", str(authority))
        clock.advance(seconds=15)
        shop.work()
        assert shop.statuses(row["requestId"]) == ["DELIVERED"]
    finally:
        server.stop()


def test_a_password_goes_to_another_machine_over_tls_alone(
    open_shop: Callable[..., MailShop], mail_server: MailServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    authority = certificates(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(authority))
    look_up = socket.getaddrinfo
    monkeypatch.setattr(socket, "getaddrinfo", lambda host, *rest, **more: look_up(
        "127.0.0.1" if host == HOST else host, *rest, **more))  # fmt: skip
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(tmp_path / "cert.pem", tmp_path / "key.pem")
    secure, far = MailServer(starttls=tls), f"smtp://ann:secret%21@{HOST}"
    try:
        for url, settings, server, statuses in (
            (f"{far}:{mail_server.port}", {}, mail_server, ["IN_QUEUE"]),
            (f"{far}:{secure.port}", {}, secure, ["DELIVERED"]),
            (f"{far}:{mail_server.port}", {"smtp_plain_password": True}, mail_server, ["DELIVERED"]),
            (f"smtp://ann:secret%21@127.0.0.1:{mail_server.port}", {}, mail_server, ["DELIVERED"]),
        ):
            shop = open_shop(smtp_url=url, **settings)
            server.logins.clear()
            (row,) = shop.mail(ANN)
            shop.work()
            assert shop.statuses(row["requestId"]) == statuses, url
            told = [LoginPassword(b"ann", b"secret!")] if statuses == ["DELIVERED"] else []
            assert server.logins == told
            if not told:
                assert "offers no TLS" in shop.get("/v1/message/status", ids=row["requestId"]).json["results"][0]["message"]
                assert "offers no TLS" in capsys.readouterr().err
    finally:
        secure.stop()


def test_what_a_worker_could_not_write_down_is_not_held_for_ever(
    by_mail: MailShop, mail_server: MailServer, monkeypatch: pytest.MonkeyPatch, clock: SimpleNamespace
) -> None:
    rows = by_mail.mail(ANN, BOB)
    worker = Worker(by_mail.site.app)

    def fail(self: Deliverer, results: list[object]) -> None:
        if results:
            raise OperationalError("", {}, Exception("the database is gone"))

    with monkeypatch.context() as patch:
        patch.setattr(Deliverer, "_finish", fail)
        worker.work()
    assert len(mail_server.mails) == 1
    for _ in range(4):
        clock.advance(seconds=10)
        worker.renew()
    worker.sweep()
    assert by_mail.statuses(*(row["requestId"] for row in rows)) == ["DELIVERED"] * 2
    assert len(mail_server.mails) == 2


def test_a_letter_that_fails_keeps_no_other_organizations_letters(
    by_mail: MailShop, mail_server: MailServer, monkeypatch: pytest.MonkeyPatch, clock: SimpleNamespace
) -> None:
    """Whether it can't be written, or the way it goes fails in a way that nobody has thought of."""
    neighbour = MailShop(by_mail.site)
    (odd,) = by_mail.mail("odd@example.org", htmlText="<![odd[>Hello <![if !mso]>you<![endif]>")
    (unwritten,) = by_mail.mail(ANN)
    (stuck,) = by_mail.mail("stuck@example.org")
    (other,) = neighbour.mail(BOB)
    write, send = letters.write, Smtp.send

    def fail_to_write(delivery: Delivery, *rest: Any) -> Letter:
        return write(delivery, *rest) if delivery.locator != ANN else 1 / 0  # type: ignore[return-value]

    def fail_to_send(self: Smtp, letter: Letter, hand_over: HandOver) -> Outcome:
        return send(self, letter, hand_over) if letter.recipient != "stuck@example.org" else 1 / 0  # type: ignore[return-value]

    monkeypatch.setattr(letters, "write", fail_to_write)
    monkeypatch.setattr(Smtp, "send", fail_to_send)
    by_mail.work()
    assert sorted(mail_server.recipients) == [BOB, "odd@example.org"]
    assert neighbour.statuses(other["requestId"]) == ["DELIVERED"]
    assert by_mail.statuses(*(row["requestId"] for row in (odd, unwritten, stuck))) == ["DELIVERED", "ERROR", "IN_QUEUE"]
    assert by_mail.get("/v1/balance").json["bonusEmails"] == 2498, "what was not sent is given back"
    monkeypatch.undo()
    clock.advance(seconds=31)
    by_mail.work()
    assert mail_server.recipients.count("stuck@example.org") == 1


def test_double_opt_in_sends_the_link_and_the_link_confirms(by_mail: MailShop, mail_server: MailServer) -> None:
    body = {"contact": {"channels": [{"type": "email", "value": ANN}]}, "groups": ["News"]}
    assert by_mail.send("POST", "/v1/contact/subscribe", json=body).json["emailStatus"] == "NEED_CONFIRMATION"
    by_mail.work()
    (mail,) = mail_server.mails
    assert (mail["To"], mail["From"]) == (ANN, "Example Shop <shop@example.org>")
    assert mail["List-Unsubscribe"] is None
    words = mail.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    link = next(line for line in words.split() if line.startswith("https://mail.example.com/confirm/"))
    (before,) = by_mail.smart(by_mail.email(), {"locator": ANN})
    assert "confirmed" in by_mail.site.get(link).words
    (after,) = by_mail.smart(by_mail.email(), {"locator": ANN})
    by_mail.work()
    assert by_mail.statuses(before["requestId"], after["requestId"]) == ["NOT_CONFIRMED", "DELIVERED"]
    assert by_mail.get("/v1/balance").json["bonusEmails"] == 2499, "service mail is free"


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


def test_a_worker_takes_no_more_than_it_can_hold(open_shop: Callable[..., MailShop], pg_url: str) -> None:
    """However PostgreSQL carries the statement out."""
    shop = open_shop(database_url=pg_url)
    shop.mail(*(f"p{number}@example.org" for number in range(20)))
    with shop.site.rules():
        for detour in ("hashjoin", "mergejoin", "hashagg", "sort", "material", "indexscan", "bitmapscan"):
            db.session.execute(text(f"SET LOCAL enable_{detour} = off"))
        assert len(deliveries.claim("a worker", limit=3, hold=30)) == 3
        assert len(deliveries.claim("another", limit=30, hold=30)) == 17


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
