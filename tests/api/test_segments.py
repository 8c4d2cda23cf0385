"""2.11 detach and attach, 3.5 GET groups, 3.6 GET group/{id}/contacts."""

from types import SimpleNamespace
from typing import Any

import pytest

from app.extensions import db
from app.models import Segment, SegmentType
from app.services import organizations, segments

from ..support.answers import Answer
from ..support.sites import Site
from .shop import Shop


def make(shop: Shop, number: int, name: str = "A") -> tuple[int, list[int]]:
    """A segment with so many contacts."""
    ids = [
        shop.save(("email", f"ann{index}@example.org"), externalCustomerId=f"C-{index}", groups=[{"name": name}])
        for index in range(number)
    ]
    return shop.read(ids[0])["groups"][-1]["id"], ids


def dynamic(shop: Shop, name: str = "Sleeping") -> int:
    with shop.site.rules():
        organization = organizations.get_by_name(shop.organization)
        segment = Segment(organization_id=organization.id, name=name, type=SegmentType.DYNAMIC)
        db.session.add(segment)
        db.session.flush()
        return segment.id


def change(shop: Shop, segment: int, how: str, **members: Any) -> Answer:
    return shop.send("POST", f"/v1/group/{segment}/contacts/{how}", json=members)


def members(shop: Shop, segment: int, **params: Any) -> tuple[list[int], str]:
    answer = shop.get(f"/v1/group/{segment}/contacts", **params)
    assert answer.status == 200, answer.text
    return [row["id"] for row in answer.json], answer.headers["TotalCount"]


def test_2_11_contacts_are_detached_and_stay(any_shop: Shop) -> None:
    segment, ids = make(any_shop, 4)
    answer = change(any_shop, segment, "detach", contactIds=[ids[0], ids[0], 4711])
    assert (answer.status, answer.json) == (200, {"message": "Contacts were detached"})
    assert members(any_shop, segment) == (ids[1:], "3")
    assert change(any_shop, segment, "detach", externalCustomerIds=["C-1", "nobody"]).status == 200
    assert change(any_shop, segment, "detach", contactIds=ids[1]).status == 200, "out already"
    assert members(any_shop, segment) == (ids[2:], "2")
    assert any_shop.read(ids[0])["groups"] == []


@pytest.mark.parametrize("body", [{}, {"contactIds": []}, {"contactIds": None, "externalCustomerIds": []}])
def test_2_11_without_any_ids_the_whole_segment_is_emptied(any_shop: Shop, body: dict[str, Any]) -> None:
    segment, ids = make(any_shop, 3)
    any_shop.delete(ids[0])
    assert change(any_shop, segment, "detach", **body).status == 200
    assert members(any_shop, segment) == ([], "0")
    assert any_shop.ids(sortBy="contactId") == ids[1:]


def test_2_11_contacts_are_attached_once(any_shop: Shop) -> None:
    segment, ids = make(any_shop, 2)
    change(any_shop, segment, "detach", contactIds=ids)
    for _ in range(2):
        answer = change(any_shop, segment, "attach", contactIds=[*ids, 4711])
        assert (answer.status, answer.json) == (200, {"message": "Contacts were attached"})
    assert members(any_shop, segment) == (ids, "2")
    change(any_shop, segment, "detach")
    assert change(any_shop, segment, "attach", externalCustomerIds=["C-1", "nobody"]).status == 200
    assert members(any_shop, segment) == (ids[1:], "1")
    nobody = change(any_shop, segment, "attach", contactIds=[])
    assert (nobody.status, nobody.json["errors"].keys()) == (422, {"contactIds"})


@pytest.mark.parametrize("how", ["attach", "detach"])
def test_2_11_what_is_not_acceptable_is_refused(any_shop: Shop, how: str) -> None:
    segment, ids = make(any_shop, 1)
    assert change(any_shop, dynamic(any_shop), how, contactIds=ids).status == 400
    assert change(any_shop, 4711, how, contactIds=ids).status == 404
    assert change(any_shop, segment, how, contactIds=ids, externalCustomerIds=["C-0"]).status == 400
    for ids in ([1] * 501, ["x"], [{}], [2**63]):
        assert change(any_shop, segment, how, contactIds=ids).status == 422
    assert change(any_shop, segment, how, externalCustomerIds=["x"] * 501).status == 422


def test_2_11_another_organization_is_out_of_reach(any_site: Site) -> None:
    shop, neighbour = Shop(any_site), Shop(any_site)
    (segment, ids), (theirs, their_ids) = make(shop, 1), make(neighbour, 1)
    for how in ("attach", "detach"):
        assert change(shop, theirs, how, contactIds=ids).status == 404
        assert change(shop, segment, how, contactIds=their_ids).status == 200
        assert change(shop, segment, how, externalCustomerIds=["C-0"]).status == 200
    assert members(neighbour, theirs) == (their_ids, "1")
    assert members(shop, segment) == ([], "0")


def test_3_5_segments_are_found_by_a_part_of_their_names(any_shop: Shop) -> None:
    make(any_shop, 1, "Customers")
    make(any_shop, 1, "Покупці 50%")
    sleeping = dynamic(any_shop)
    rows = any_shop.get("/v1/groups").json
    assert [(row["name"], row["type"]) for row in rows] == [
        ("Customers", "Static"), ("Покупці 50%", "Static"), ("Sleeping", "Dynamic"),
    ]  # fmt: skip
    assert rows[2] == {"id": sleeping, "name": "Sleeping", "type": "Dynamic"}
    for name, found in (("custom", [0]), ("ПОКУП", [1]), ("%", [1]), ("_", []), ("e", [0, 2]), ("", [0, 1, 2]), ("x", [])):
        answer = any_shop.get("/v1/groups", name=name)
        assert answer.json == [rows[index] for index in found], name
        assert answer.headers["TotalCount"] == str(len(found))
    assert any_shop.get("/v1/groups", startindex=2, maxrows=1).json == rows[1:2]


def test_3_6_contacts_of_a_segment_in_full_and_in_either_order(any_site: Site, clock: SimpleNamespace) -> None:
    shop = Shop(any_site)
    segment, ids = make(shop, 3)
    clock.advance(seconds=5)
    change(shop, segment, "detach", contactIds=ids[:1])
    change(shop, segment, "attach", contactIds=ids[:1])
    assert members(shop, segment) == (ids, "3")
    assert members(shop, segment, asc="false") == (ids[::-1], "3")
    joined = [*ids[1:], ids[0]]
    assert members(shop, segment, orderByTs="true") == (joined, "3")
    assert members(shop, segment, orderByTs="true", asc="false") == (joined[::-1], "3")
    assert members(shop, segment, startindex=2, maxrows=1) == (ids[1:2], "3")
    assert members(shop, segment, startindex=9) == ([], "3")
    assert shop.get(f"/v1/group/{segment}/contacts", maxrows=1).json == [shop.read(ids[0])]


def test_3_6_deleted_contacts_are_left_out_and_counted_out(any_shop: Shop) -> None:
    segment, ids = make(any_shop, 3)
    any_shop.delete(ids[1])
    assert members(any_shop, segment) == ([ids[0], ids[2]], "2")
    any_shop.save(("email", "ann@example.org"), externalCustomerId="C-1")
    assert members(any_shop, segment) == (ids, "3")


def test_3_6_an_unknown_or_foreign_segment_is_not_found(any_site: Site) -> None:
    shop, neighbour = Shop(any_site), Shop(any_site)
    segment, _ = make(neighbour, 1)
    for id in (segment, 4711, 2**63):
        assert shop.get(f"/v1/group/{id}/contacts").status == 404
    assert members(neighbour, dynamic(neighbour)) == ([], "0")


def test_counts_stay_right_when_their_parts_are_merged(any_shop: Shop) -> None:
    segment, ids = make(any_shop, 2)
    for _ in range(100):  # each 32nd change merges, by chance
        change(any_shop, segment, "detach", contactIds=ids[:1])
        change(any_shop, segment, "attach", contactIds=ids[:1])
    assert members(any_shop, segment) == (ids, "2")


def test_every_documented_error_has_its_status(site: Site) -> None:
    reader, writer = Shop(site, scope="read:contacts"), Shop(site, scope="write:contacts")
    for method, path in (("GET", "/v1/groups"), ("GET", "/v1/group/1/contacts"), ("POST", "/v1/group/1/contacts/detach")):
        assert site.send(method, f"/api{path}", json={}).status == 401
    assert writer.get("/v1/groups").status == 403
    assert writer.get("/v1/group/1/contacts").status == 403
    assert change(reader, 1, "detach").status == 403
    assert change(reader, 1, "attach", contactIds=[1]).status == 403
    assert reader.get("/v1/groups", maxrows="x").status == 400
    assert reader.get("/v1/group/1/contacts", asc="maybe").status == 400


def test_an_organization_has_no_more_segments_than_can_be_looked_through(
    any_shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:  # fmt: skip
    monkeypatch.setattr(segments, "_MOST", 2)
    id = any_shop.save(("email", "ann@example.org"), groups=[{"name": "A"}, {"name": "B"}])
    assert any_shop.refusal(groups=[{"name": "B"}, {"name": "C"}]) == {"groups": ["An organization has at most 2 segments."]}
    assert any_shop.save(("email", "ann@example.org"), groups=[{"name": "B"}]) == id
