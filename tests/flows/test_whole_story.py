"""The story from the authorize link to the end of access, on real servers."""

from tests.support.sites import Site


def test_an_app_is_approved_called_refreshed_and_cut_off_by_its_owner(any_live_site: Site) -> None:
    owner, app = any_live_site.owner(), any_live_site.partner_app(name="Stripo")
    first = app.connect(owner)
    assert app.version(first).status == 200
    second = app.refresh(first)
    assert app.version(second).status == 200

    assert owner.disconnect("Stripo").status == 302

    assert app.version(second).status == 401
    dead = app.refresh(second)
    assert (dead.status, dead.error, dead.reason) == (400, "invalid_grant", "owner_disconnected")


def test_the_same_story_in_process(any_site: Site) -> None:
    test_an_app_is_approved_called_refreshed_and_cut_off_by_its_owner(any_site)
