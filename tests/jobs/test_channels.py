"""Deliveries by SMTP against a real server: retries and back-off, and workers that share them."""

import socket
import ssl
import threading
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from aiosmtpd.smtp import LoginPassword
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from app.extensions import db
from app.jobs.channels import HandOver
from app.jobs.channels.smtp import Smtp
from app.jobs.deliverer import Deliverer
from app.jobs.worker import Worker
from app.models import ChannelType, Delivery, UnsubscribedBy
from app.services import balance, deliveries, letters, unsubscribed
from app.services.deliveries import Claim, Outcome
from app.services.letters import Letter

from ..api.mailing import MailShop
from ..support.document_host import HOST, certificates
from ..support.mail_server import MailServer
from ..support.races import together

ANN, BOB = "ann@example.org", "bob@example.org"


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
    assert "Set-Cookie" not in done.headers, "RFC 8058: a mail program has none, and keeps none"
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


def test_a_worker_takes_no_more_than_it_can_hold(open_shop: Callable[..., MailShop], pg_url: str) -> None:
    """However PostgreSQL carries the statement out."""
    shop = open_shop(database_url=pg_url)
    shop.mail(*(f"p{number}@example.org" for number in range(20)))
    with shop.site.rules():
        for detour in ("hashjoin", "mergejoin", "hashagg", "sort", "material", "indexscan", "bitmapscan"):
            db.session.execute(text(f"SET LOCAL enable_{detour} = off"))
        assert len(deliveries.claim("a worker", limit=3, hold=30)) == 3
        assert len(deliveries.claim("another", limit=30, hold=30)) == 17


def test_two_workers_that_give_back_to_the_same_organizations_do_not_block_each_other(
    open_shop: Callable[..., MailShop], pg_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop = open_shop(database_url=pg_url)
    neighbour, give_back, met = MailShop(shop.site), balance.give_back, threading.Barrier(2)
    for sender in (shop, neighbour, neighbour, shop):
        sender.mail(ANN)

    def give_back_slowly(*arguments: Any, **more: Any) -> None:
        give_back(*arguments, **more)
        with suppress(threading.BrokenBarrierError):
            met.wait(0.3)

    monkeypatch.setattr(balance, "give_back", give_back_slowly)
    with shop.site.rules():
        batches = [deliveries.claim(worker, limit=2, hold=30) for worker in ("one", "two")]

    def refuse(batch: list[Claim]) -> int:
        with shop.site.rules():
            return deliveries.finish([(one, None, deliveries.undelivered(ChannelType.EMAIL, "no")) for one in batch])

    assert together(*(partial(refuse, batch) for batch in batches)) == [2, 2]
    assert {sender.get("/v1/balance").json["bonusEmails"] for sender in (shop, neighbour)} == {2500}


@pytest.mark.parametrize(("language", "subject"), [("uk-UA", "Підтвердьте підписку на"), ("de", "Confirm your")])
def test_a_subscription_is_confirmed_in_the_contacts_language(
    by_mail: MailShop, mail_server: MailServer, language: str, subject: str
) -> None:
    contact = {"channels": [{"type": "email", "value": ANN}], "languageCode": language}
    answer = by_mail.send("POST", "/v1/contact/subscribe", json={"contact": contact, "groups": ["News"]})
    assert answer.json["emailStatus"] == "NEED_CONFIRMATION"
    by_mail.work()
    assert mail_server.mails[0]["Subject"].startswith(subject)
