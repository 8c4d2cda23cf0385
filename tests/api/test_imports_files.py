"""2.2 POST contacts/upload: files from a link."""

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from app.services import contact_imports, import_loading

from ..support.answers import Answer
from ..support.file_host import FileHost
from ..support.sites import Site
from .importing import ImportingShop

pytestmark = pytest.mark.settings(import_private_hosts="127.0.0.1", rate_limit_import="1000/minute")


@pytest.fixture
def host() -> Iterator[FileHost]:
    host = FileHost()
    yield host
    host.close()


@pytest.fixture
def shop(any_site: Site) -> ImportingShop:
    return ImportingShop(any_site)


def upload(shop: ImportingShop, link: str, **options: Any) -> Answer:
    answer = shop.send("POST", "/v1/contacts/upload", json={"link": link, "dedupeOn": "email"} | options)
    assert answer.status == 200, answer.text
    return answer


def run(shop: ImportingShop, host: FileHost, text: bytes | str, **options: Any) -> dict[str, Any]:
    """Import a file; what is said of the import then."""
    answer = upload(shop, host.put("/contacts.csv", text), **options)
    assert (answer.json["valid"], answer.json["message"]) == (True, ""), answer.text
    shop.work()
    return shop.status(answer.json["importId"])


def refusal(shop: ImportingShop, link: str, **options: Any) -> str:
    answer = upload(shop, link, **options).json
    assert answer.keys() == {"valid", "message"}
    assert answer["valid"] is False
    message: str = answer["message"]
    return message


def test_2_2_every_column_is_read(shop: ImportingShop, host: FileHost) -> None:
    shop.get("/v1/addressbooks")
    text = (
        "\ufeffFirst name,Last name,Address,Region,City,Postcode,Email,SMS,Language code,Timezone,Additional info,Shoe size,"
        "PERSONAL.GENDER,personal.birthday\r\n"
        'Ann,Lee,"1, First St",Kyiv,Kyiv,01001,Ann@Example.org,+38 (050) 123-45-67,en,Europe/Kyiv,x,42,F,1990-01-31\r\n'
        "\r\n"
        'Bob,"O\'Neil",,,,,bob@example.org\r\n'
    )
    state = run(shop, host, text, groupNames=["Imported"])
    assert (state["status"], state["rowsTotal"], state["rowsDone"], state["description"]) == ("FINISHED", 2, 2, "")
    ann, bob = (shop.read(pair["contactId"]) for pair in state["mapping"])
    assert [pair["dedupeValue"] for pair in state["mapping"]] == ["ann@example.org", "bob@example.org"]
    assert ann["channels"] == [{"type": "email", "value": "ann@example.org"}, {"type": "sms", "value": "380501234567"}]
    assert ann["address"] == {"region": "Kyiv", "town": "Kyiv", "address": "1, First St", "postcode": "01001"}
    assert (ann["firstName"], ann["languageCode"], ann["timeZone"]) == ("Ann", "en", "Europe/Kyiv")
    assert {field["value"] for field in ann["fields"]} == {"F", "1990-01-31"}
    assert (bob["lastName"], bob["groups"][0]["name"]) == ("O'Neil", "Imported")


def test_2_2_missing_columns_leave_alone_and_empty_cells_empty(shop: ImportingShop, host: FileHost) -> None:
    id = shop.save(("email", "ann@example.org"), ("sms", "380501234567"), firstName="Ann", lastName="Lee")
    run(shop, host, "Email,First name\nann@example.org,\n")
    read = shop.read(id)
    assert "firstName" not in read
    assert read["lastName"] == "Lee"
    assert len(read["channels"]) == 2
    run(shop, host, "email,sms\nann@example.org,\n")
    assert shop.channels(id) == [("email", "ann@example.org")]


def test_2_2_rows_that_are_not_acceptable_are_skipped_and_named(shop: ImportingShop, host: FileHost) -> None:
    state = run(shop, host, "Email,SMS\nbad,\nann@example.org,x\n,380501234567\nbob@example.org,\n")
    assert (state["created"], state["skipped"], state["status"]) == (1, 3, "FINISHED")
    assert state["description"] == (
        "3 of 4 rows were skipped. Row 1: 'bad' is not valid email. Row 2: 'x' is not valid phone: send the international "
        "number in digits. Row 3: The contact has no email, which is to identify it."
    )


def test_2_2_what_the_link_lets_in_with_is_forgotten(shop: ImportingShop, host: FileHost) -> None:
    host.put("/x.csv?key=secret", "Email\nann@example.org\n")
    session = upload(shop, host.url("/x.csv?key=secret", credentials="ann:secret@")).json["importId"]
    shop.work()
    with shop.site.rules():
        assert contact_imports.get(shop.organization_id, session).link == host.url("/x.csv")


def test_2_2_texts_that_no_database_takes_are_skipped(shop: ImportingShop, host: FileHost) -> None:
    shop.get("/v1/addressbooks")
    rows = "a\0@example.org,\nann@example.org,a\0b\nbob@example.org,F\n"
    for column, done in (("First name", 1), ("City", 1), ("Postcode", 1), ("PERSONAL.GENDER", 1), ("\0", 2)):
        state = run(shop, host, f"Email,{column}\n{rows}")
        assert (state["status"], state["created"] + state["updated"], state["skipped"]) == ("FINISHED", done, 3 - done)


def test_2_2_by_the_product_s_own_id(shop: ImportingShop, host: FileHost) -> None:
    id = shop.save(("email", "ann@example.org"))
    state = run(shop, host, f"Contact ID,First name\n{id},Ann\n4711,Bob\nx,Eve\n", dedupeOn="id")
    assert (state["updated"], state["skipped"]) == (1, 2)
    assert shop.read(id)["firstName"] == "Ann"


def test_2_2_a_large_file_in_many_chunks(shop: ImportingShop, host: FileHost) -> None:
    lines = [f"Ann,ann{number}@example.org,38050{number:07}" for number in range(4500)]
    state = run(shop, host, "\n".join(["First name,Email,SMS", *lines]), eventKeyForNewContacts="new")
    assert (state["created"], state["rowsDone"], len(state["mapping"])) == (4500, 4500, 4500)
    assert shop.counted() == (4500, 4500)
    state = run(shop, host, "\n".join(["Email,SMS,First name", *(f"{x.split(',')[1]},,Bob" for x in lines)]))
    assert (state["created"], state["updated"]) == (0, 4500)
    assert shop.counted() == (4500, 4500)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "The file is empty."),
        ("\n\n", "The file is empty."),
        ("First name\nAnn\n", "The file has no column 'Email'."),
        (b"Email\xff\n", "The file is not UTF-8 (near line 1)."),
        ("Email," + "x" * 200_000, "The file is not CSV: row 1 has more than 100000 characters."),
    ],
)
def test_2_2_an_invalid_file_is_told_at_once(site: Site, host: FileHost, text: bytes | str, sentence: str) -> None:
    assert refusal(ImportingShop(site), host.put("/x.csv", text)) == sentence


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("Email\n", "The file has no rows."),
        (b"Email\n" + b"a@example.org\n" * 70_000 + b"\xff\xfe\n", "The file is not UTF-8"),
        (b"Email\n" + b"a@example.org\n" * 70_000 + b'"' + b"x\n" * 99_000, "The file is not CSV: row 70002 has more than"),
        (b"Email\n" + b"a@example.org\n" * 70_000 + b"," * 200_000, "The file is not CSV: row 70002 has more than"),
    ],
)
def test_2_2_what_turns_out_later_ends_the_import(site: Site, host: FileHost, text: bytes | str, sentence: str) -> None:
    shop = ImportingShop(site)
    state = run(shop, host, text)
    assert state["status"] == "ERROR"
    assert state["description"].startswith(sentence)
    assert (state["mapping"], shop.counted()) == ([], (0, 0))


def test_2_2_a_file_over_the_limit_is_not_imported(
    site: Site, host: FileHost, monkeypatch: pytest.MonkeyPatch
) -> None:  # fmt: skip
    monkeypatch.setattr(import_loading, "LARGEST_FILE", 2**20)
    shop = ImportingShop(site)
    state = run(shop, host, "Email\n" + "ann@example.org\n" * 70_000)
    assert (state["status"], state["description"]) == ("ERROR", "The file is larger than 1 MB.")


def test_2_2_slow_servers_do_not_hold_every_thread(site: Site, host: FileHost) -> None:
    shop, link = ImportingShop(site), host.put("/x.csv", "First name\nAnn\n")
    downloads = site.app.extensions["downloads"]
    with (
        downloads.open(link, limit_bytes=100, timeout=5) as first, downloads.open(link, limit_bytes=100, timeout=5) as second
    ):  # fmt: skip
        session = upload(shop, link).json["importId"]
        assert first.read() == second.read()
    shop.work()
    assert shop.status(session)["description"] == "The file has no column 'Email'."


def test_2_2_a_link_that_leads_inside_is_refused(site: Site, host: FileHost) -> None:
    shop = ImportingShop(site)
    host.put("/x.csv", "Email\nann@example.org\n")
    assert "does not resolve to public" in refusal(shop, host.url("/x.csv", host="localhost"))
    away = host.put("/away", "", 302, Location=host.url("/x.csv", host="localhost"))
    assert "does not resolve to public" in refusal(shop, away)
    assert refusal(shop, "ftp://files.example.org/x.csv") == "The link must be an http or https address."
    assert refusal(shop, host.put("/gone.csv", "", 404)) == "The server of the link answered with status 404."


def test_2_2_what_is_not_acceptable_is_named(site: Site, host: FileHost) -> None:
    shop, link = ImportingShop(site), host.put("/x.csv", "Email\nann@example.org\n")
    for body, named in (
        ({}, {"link"}), ({"link": link, "dedupeOn": "fieldId"}, {"dedupeOn"}),
        ({"link": link, "groupNames": " "}, {"groupNames.0"}),
        ({"link": link, "eventKeyForNewContacts": "?"}, {"eventKeyForNewContacts"}),
    ):  # fmt: skip
        answer = shop.send("POST", "/v1/contacts/upload", json=body)
        assert (answer.status, answer.json["errors"].keys()) == (422, named)


def test_2_2_another_worker_takes_over_when_the_first_has_died(
    any_site: Site, host: FileHost, clock: SimpleNamespace
) -> None:  # fmt: skip
    shop = ImportingShop(any_site)
    session = upload(shop, host.put("/x.csv", "Email\nann@example.org\n")).json["importId"]
    with any_site.rules():
        assert import_loading.claim("one that dies", hold=60) is not None
    shop.work()
    assert shop.status(session)["status"] == "IMPORTING", "still held"
    clock.advance(seconds=61)
    shop.work()
    assert shop.status(session)["status"] == "FINISHED"
    assert shop.counted() == (1, 1)


def test_2_2_whoever_lost_the_hold_can_store_nothing(any_site: Site, host: FileHost, clock: SimpleNamespace) -> None:
    shop = ImportingShop(any_site)
    upload(shop, host.put("/x.csv", "Email\nann@example.org\n"))
    with any_site.rules():
        late = import_loading.claim("late", hold=60)
    clock.advance(seconds=61)
    with any_site.rules():
        assert import_loading.claim("another", hold=60) is not None
    assert late is not None
    with any_site.rules(), pytest.raises(import_loading.HoldLost):
        import_loading.fail(late, "too late")


def test_2_2_a_file_that_can_never_be_loaded_is_given_up(site: Site, host: FileHost, clock: SimpleNamespace) -> None:
    shop = ImportingShop(site)
    session = upload(shop, host.put("/x.csv", "Email\nann@example.org\n")).json["importId"]
    for _ in range(6):
        with site.rules():
            import_loading.claim("one that dies", hold=60)
        clock.advance(seconds=61)
    assert shop.status(session)["status"] == "ERROR"
