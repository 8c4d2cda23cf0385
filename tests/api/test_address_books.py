"""1.5 GET addressbooks."""

from app.models import FieldKind
from app.services import address_books, organizations

from ..support.sites import Site
from .shop import Shop


def test_1_5_a_new_account_has_one_group_with_birthday_and_gender(any_site: Site) -> None:
    shop = Shop(any_site)
    (book,) = shop.get("/v1/addressbooks").json["addressBook"]
    (group,) = book["fieldGroups"]
    birthday, gender = group["fields"]
    assert (book["name"], group["name"], group["profileKey"]) == ("Main", "Personal", "PERSONAL")
    assert birthday == {
        "id": shop.field("BIRTHDAY"), "name": "Birthday", "fieldKey": "BIRTHDAY",
        "description": {"type": "date", "required": False, "readonly": False},
    }  # fmt: skip
    assert gender["description"] == {
        "type": "combobox", "allowedValues": {"possibleValues": ["M", "F"]}, "required": False, "readonly": False,
    }  # fmt: skip
    assert shop.get("/v1/addressbooks").json["addressBook"] == [book], "made once"
    assert shop.read(shop.save(("email", "ann@example.org")))["addressBookId"] == book["addressBookId"]


def test_1_5_further_fields_take_values(any_site: Site) -> None:
    shop, neighbour = Shop(any_site), Shop(any_site)
    with any_site.rules():
        organization = organizations.get_by_name(shop.organization)
        limits = {"minValue": 0, "maxValue": 20}
        address_books.add_field(organization.id, group="Pets", name="Cats", kind=FieldKind.NUMBER, allowed=limits)
    (book,) = shop.get("/v1/addressbooks").json["addressBook"]
    (cats,) = book["fieldGroups"][1]["fields"]
    assert (book["fieldGroups"][1]["profileKey"], cats["fieldKey"]) == ("PETS", "CATS")
    assert cats["description"] == {"type": "number", "allowedValues": limits, "required": False, "readonly": False}
    id = shop.save(("email", "ann@example.org"), fields={"id": cats["id"], "value": 3})
    assert shop.read(id)["fields"] == [{"id": cats["id"], "value": "3"}]
    assert shop.refusal(fields={"id": cats["id"], "value": 21}).keys() == {"fields.0.value"}
    assert len(neighbour.get("/v1/addressbooks").json["addressBook"][0]["fieldGroups"]) == 1
