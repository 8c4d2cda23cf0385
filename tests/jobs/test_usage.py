"""Calls are counted without a write of their own, and shown where the owner looks."""

from concurrent.futures import ThreadPoolExecutor

from sqlalchemy.exc import OperationalError

from app.models import CredentialKind
from app.services import usage
from app.services.callers import Caller
from app.services.usage import Tally
from tests.support.sites import Site


def _calls(site: Site) -> dict[int, int]:
    site.app.extensions["tally_writer"].write()
    with site.rules():
        return usage.by_group(CredentialKind.CONNECTION, 1, days=30)


def test_an_apps_calls_are_counted_by_group_of_methods(any_site: Site) -> None:
    app = any_site.partner_app()
    tokens = app.connect(any_site.owner())
    for _ in range(3):
        app.version(tokens)
    app.call(tokens, "GET", "/api/v1/contacts")
    assert _calls(any_site) == {1: 3, 3: 1}
    app.version(tokens)
    assert _calls(any_site) == {1: 4, 3: 1}


def test_refused_calls_are_not_counted(site: Site) -> None:
    app = site.partner_app(scope="UseMessages")
    tokens = app.connect(site.owner())
    assert app.call(tokens, "GET", "/api/v1/contacts").status == 403
    assert _calls(site) == {}


def test_the_owner_sees_when_an_app_was_last_used(site: Site) -> None:
    owner, app = site.owner(), site.partner_app()
    tokens = app.connect(owner)
    assert "Not used yet" in owner.get("/settings/connected-apps").words
    app.version(tokens)
    site.app.extensions["tally_writer"].write()
    assert "Last used" in owner.get("/settings/connected-apps").words


def test_what_could_not_be_written_is_kept(site: Site, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    app = site.partner_app()
    tokens = app.connect(site.owner())
    app.version(tokens)
    with monkeypatch.context() as broken:
        broken.setattr(usage, "record", _fail)
        site.app.extensions["tally_writer"].write()
    app.version(tokens)
    assert _calls(site) == {1: 2}


def _fail(counts: object) -> None:
    raise OperationalError("INSERT", {}, Exception("database is locked"))


def test_counts_are_exact_across_threads() -> None:
    tally, caller = Tally(), Caller(organization_id=1, scopes=frozenset(), credential="key 1", api_key_id=1)
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda _: tally.count(caller, 1), range(4000)))
    assert [calls for sheet in tally.drain().values() for calls, _ in sheet.values()] == [4000]
