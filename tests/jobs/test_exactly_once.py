"""Exactly one delivery for each accepted recipient, whenever a worker is killed; with real processes.

What "exactly" can mean is said in docs/delivery.md.
"""

import random
import time
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from app.jobs.importer import Importer

from ..support.mail_server import MailServer
from ..support.waiting import until
from .conftest import Office

OpenOffice = Callable[..., Office]


def arrived(office: Office, ids: list[str]) -> Callable[[], bool]:
    return lambda: set(office.shop.statuses(*ids)) == {"DELIVERED"}


def has_kept(office: Office, number: int) -> Callable[[], bool]:
    return lambda: len(office.shop.letters()) >= number


def has_got(mail_server: MailServer, number: int) -> Callable[[], bool]:
    return lambda: len(mail_server.mails) >= number


def send(office: Office, number: int) -> list[str]:
    rows = office.shop.mail(*(f"p{index}@example.org" for index in range(number)))
    return [row["requestId"] for row in rows]


def unsure(office: Office, ids: list[str]) -> set[str]:
    """Those of which the status says that nobody knows."""
    rows = office.shop.get("/v1/message/status", ids=",".join(ids)).json["results"]
    said = "The server got all of the message, and its answer got lost."
    return {row["requestId"] for row in rows if row.get("message") == said}


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest) -> dict[str, Any]:
    return {} if request.param == "sqlite" else {"database_url": request.getfixturevalue("pg_url")}


def test_a_worker_killed_between_sending_and_recording_sends_nothing_twice(
    open_office: OpenOffice, mail_server: MailServer, pg_url: str
) -> None:
    office = open_office(database_url=pg_url, smtp_url=mail_server.url)
    killed = []

    def kill_before_the_answer(mail: object) -> None:
        # The server has the whole mail and keeps it; the worker never learns.
        if len(mail_server.mails) == 2 and not killed:
            killed.append(worker.process.pid)
            worker.kill()

    mail_server.on_data = kill_before_the_answer
    ids = send(office, 6)
    worker = office.start()
    until(lambda: bool(killed), "nothing was sent")
    office.start()
    until(arrived(office, ids), "not all arrived")
    assert Counter(mail_server.recipients) == {f"p{index}@example.org": 1 for index in range(6)}
    assert len(unsure(office, ids)) == 1
    assert len(office.shop.activity()) == 6


def test_send_again_loses_nothing_and_repeats_the_one_message_with_its_message_id(
    open_office: OpenOffice, mail_server: MailServer, pg_url: str
) -> None:
    office = open_office(database_url=pg_url, smtp_url=mail_server.url, smtp_when_unsure="send_again")
    killed = []

    def kill_once(mail: object) -> str | None:
        if killed:
            return None
        killed.append(True)
        worker.kill()
        return "451 lost with the machine"

    mail_server.on_data = kill_once
    ids = send(office, 3)
    worker = office.start()
    until(lambda: bool(killed), "nothing was sent")
    office.start()
    until(arrived(office, ids), "not all arrived")
    assert Counter(mail_server.recipients) == {f"p{index}@example.org": 1 for index in range(3)}
    assert {str(mail["Message-ID"]).partition("@")[0] for mail in mail_server.mails} == {f"<{id}" for id in ids}


def test_workers_killed_at_any_moment_send_each_email_once(
    open_office: OpenOffice, mail_server: MailServer, database: dict[str, Any]
) -> None:
    office = open_office(smtp_url=mail_server.url, **database)
    mail_server.delay = 0.02
    ids = send(office, 100)
    luck = random.Random(7)
    for _ in range(2):
        before = len(mail_server.mails)
        worker = office.start()
        until(has_got(mail_server, before + 4), "nothing was sent")
        time.sleep(luck.uniform(0, 0.1))
        worker.kill()
    assert set(office.shop.statuses(*ids)) != {"DELIVERED"}, "all was over before anybody was killed"
    office.start()
    until(arrived(office, ids), "not all arrived")
    got = Counter(mail_server.recipients)
    assert set(got.values()) == {1}
    # The gap of docs/delivery.md, which chance may hit: killed between the note that it hands over and the last line.
    missing = {ids[index] for index in range(100) if f"p{index}@example.org" not in got}
    assert len(missing) <= 1
    assert missing <= unsure(office, ids)


def test_workers_killed_at_any_moment_keep_each_letter_once(open_office: OpenOffice, database: dict[str, Any]) -> None:
    office = open_office(**database)
    office.shop.fund("10")
    luck = random.Random(11)
    ids: list[str] = []
    for round in range(2):
        worker = office.start()
        worker.wait_until_ready()
        ids += [row["requestId"] for row in office.shop.mail(*(f"p{round}-{index}@example.org" for index in range(200)))]
        time.sleep(luck.uniform(0, 0.3))
        worker.kill()
    office.start()
    until(lambda: all(set(office.shop.statuses(*ids[at : at + 200])) == {"DELIVERED"} for at in (0, 200)), "late")
    letters = Counter(letter["recipient"] for letter in office.shop.letters())
    assert len(letters) == 400
    assert set(letters.values()) == {1}
    assert len(office.shop.activity()) == 400


def test_workers_killed_at_any_moment_carry_a_broadcast_out_once(open_office: OpenOffice, pg_url: str) -> None:
    office, luck, people = open_office(database_url=pg_url), random.Random(3), 700
    emails = [f"p{index}@example.org" for index in range(people)]
    contacts = [{"channels": [{"type": "email", "value": email}]} for email in emails]
    office.shop.send("POST", "/v1/contacts", json={"contacts": contacts, "groupNames": ["Everybody"]})
    Importer(office.site.app).run()
    segment = office.shop.get("/v1/groups").json[0]["id"]
    office.shop.send("POST", "/v1/broadcast", json={"messageId": str(office.shop.email()), "groups": [segment]})
    for number in (1, 100):
        worker = office.start()
        until(has_kept(office, number), "nothing was sent")
        time.sleep(luck.uniform(0, 0.1))
        worker.kill()
    assert len(office.shop.letters()) < people, "all was over before the last one was killed"
    office.start()
    until(has_kept(office, people), "not all were sent")
    assert Counter(letter["recipient"] for letter in office.shop.letters()) == dict.fromkeys(emails, 1)


def test_several_workers_share_the_work_and_send_nothing_twice(
    open_office: OpenOffice, mail_server: MailServer, pg_url: str
) -> None:
    office = open_office(database_url=pg_url, smtp_url=mail_server.url)
    mail_server.delay = 0.01
    for worker in (office.start(), office.start()):
        worker.wait_until_ready()
    ids = send(office, 150)
    until(arrived(office, ids), "not all arrived")
    assert Counter(Counter(mail_server.recipients).values()) == {1: 150}


def test_a_frozen_worker_that_wakes_up_late_hands_nothing_over(
    open_office: OpenOffice, mail_server: MailServer, pg_url: str
) -> None:
    office = open_office(database_url=pg_url, smtp_url=mail_server.url)
    frozen = []

    def freeze_at_the_first(address: str) -> None:
        if not frozen:
            frozen.append(address)
            worker.freeze()

    mail_server.on_recipient = freeze_at_the_first
    ids = send(office, 1)
    worker = office.start()
    until(lambda: bool(frozen), "nothing was sent")
    other = office.start()
    until(arrived(office, ids), "nobody took over")
    worker.resume()
    until(lambda: "another worker has" in worker.log, "it did not notice")
    assert len(mail_server.mails) == 1
    assert other.stop() == worker.stop() == 0


def test_a_worker_told_to_stop_finishes_what_it_has_begun(
    open_office: OpenOffice, mail_server: MailServer, pg_url: str
) -> None:
    office = open_office(database_url=pg_url, smtp_url=mail_server.url, job_hold=60)
    mail_server.delay = 0.5
    worker = office.start()
    worker.wait_until_ready()
    ids = send(office, 40)
    until(lambda: bool(mail_server.mails), "nothing was sent")
    assert worker.stop() == 0
    assert sorted(set(office.shop.statuses(*ids))) == ["DELIVERED", "IN_QUEUE"]
    mail_server.delay = 0
    office.start()
    until(arrived(office, ids), "what was not begun had to wait for the hold to end")
    assert Counter(Counter(mail_server.recipients).values()) == {1: 40}
