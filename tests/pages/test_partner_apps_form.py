"""The authorization form of a partner app: shown name and logo, as account owners see them."""

from io import BytesIO

import pytest
from PIL import Image
from urllib3 import encode_multipart_formdata

from app.models import Role
from tests.support import pictures
from tests.support.answers import Answer
from tests.support.owner import Owner
from tests.support.partner_app import PartnerApp
from tests.support.sites import Site

MEGABYTE = 1024 * 1024


@pytest.fixture
def owner(site: Site) -> Owner:
    owner = site.owner()
    owner.sign_in()
    return owner


@pytest.fixture
def our_app(site: Site, owner: Owner) -> PartnerApp:
    return site.partner_app(organization=owner.organization, name="Our app")


def form_page(app: PartnerApp) -> str:
    return f"/settings/partner-apps/{app.client_id}/authorization-form"


def send(
    owner: Owner, app: PartnerApp, data: bytes | None = None, *, name: str = "logo.png", shown_name: str = ""
) -> Answer:
    return upload(owner, owner.get(form_page(app)), form_page(app), data, name=name, shown_name=shown_name)


def upload(
    owner: Owner, page: Answer, address: str, data: bytes | None, *, name: str = "logo.png", shown_name: str = ""
) -> Answer:
    """Send the form with the CSRF token of ``page``; without a file when ``data`` is None."""
    token = page.page.select_one("input[name=csrf_token]")
    assert token is not None
    fields: dict[str, object] = {"csrf_token": str(token["value"]), "shown_name": shown_name}
    if data is not None:
        fields["logo"] = (name, data)
    body, kind = encode_multipart_formdata(fields)  # type: ignore[arg-type]
    return owner.browser.send("POST", address, data=body, headers={"Content-Type": kind})


def addresses(page: Answer) -> list[str]:
    """The logo's addresses, small and large."""
    image = page.page.select_one(".joined img.logo")
    assert image is not None, "no logo"
    return [str(image["src"]), str(image["srcset"]).split()[0]]


def logos(site: Site, owner: Owner, app: PartnerApp) -> list[Image.Image]:
    """The logo as the preview shows it, small and large."""
    client = site.app.test_client()
    found = []
    for address in addresses(owner.get(f"/settings/partner-apps/{app.client_id}/preview")):
        response = client.get(address)
        assert response.status_code == 200
        assert response.mimetype == "image/png"
        found.append(Image.open(BytesIO(response.data)))
    return found


def near(pixel: object, colour: tuple[int, int, int]) -> bool:
    assert isinstance(pixel, tuple)
    return all(abs(one - other) < 40 for one, other in zip(pixel, colour, strict=False))


RED, GREEN, BLUE = (255, 0, 0), (0, 255, 0), (0, 0, 255)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "GIF"])
@pytest.mark.parametrize("name", ["logo.png", "logo.exe", "../../etc/passwd"])
def test_a_picture_of_each_kind_becomes_two_squares_whatever_its_name(
    site: Site, owner: Owner, our_app: PartnerApp, kind: str, name: str
) -> None:
    assert send(owner, our_app, pictures.picture(kind), name=name).status == 302
    small, large = logos(site, owner, our_app)
    assert (small.size, large.size) == ((96, 96), (192, 192))
    assert near(large.getpixel((96, 96)), (192, 57, 43))


def test_the_centre_is_kept_and_the_comment_is_not(site: Site, owner: Owner, our_app: PartnerApp) -> None:
    assert b"made by somebody" in pictures.stripes()
    send(owner, our_app, pictures.stripes())
    for logo in logos(site, owner, our_app):
        side = logo.width
        assert all(near(logo.getpixel((x, side // 2)), GREEN) for x in (2, side // 2, side - 3))
        assert not logo.info.get("Comment")
        assert not getattr(logo, "text", {})


def test_a_photo_stands_upright_and_says_nothing_of_where_it_was_taken(
    site: Site, owner: Owner, our_app: PartnerApp
) -> None:
    send(owner, our_app, pictures.halves(orientation=6), name="photo.jpg")
    _, large = logos(site, owner, our_app)
    assert near(large.getpixel((96, 20)), RED), "the left half is the upper one"
    assert near(large.getpixel((96, 170)), BLUE)
    assert not large.getexif()


def test_of_an_animation_the_first_picture_is_kept(site: Site, owner: Owner, our_app: PartnerApp) -> None:
    send(owner, our_app, pictures.animation(), name="moving.gif")
    _, large = logos(site, owner, our_app)
    assert near(large.getpixel((96, 96)), GREEN)
    assert not getattr(large, "is_animated", False)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA", "I;16", "CMYK"])
def test_a_picture_in_any_colours_is_taken(site: Site, owner: Owner, our_app: PartnerApp, mode: str) -> None:
    image = Image.new(mode if mode != "P" else "RGB", (50, 80))
    if mode == "P":
        image = image.convert("P")
    if mode == "I;16":
        image = Image.new("I;16", (50, 80), 0x8000)
    file = BytesIO()
    image.save(file, "JPEG" if mode == "CMYK" else "PNG")
    assert send(owner, our_app, file.getvalue()).status == 302
    _, large = logos(site, owner, our_app)
    if mode == "I;16":
        assert near(large.getpixel((96, 96)), (128, 128, 128))


def test_a_megabyte_is_taken_and_one_byte_more_is_not(site: Site, owner: Owner, our_app: PartnerApp) -> None:
    assert send(owner, our_app, pictures.of_length(MEGABYTE)).status == 302
    kept = addresses(owner.get(f"/settings/partner-apps/{our_app.client_id}/preview"))
    answer = send(owner, our_app, pictures.of_length(MEGABYTE + 1))
    assert answer.status == 400
    assert "larger than 1 MB" in answer.words
    assert addresses(owner.get(f"/settings/partner-apps/{our_app.client_id}/preview")) == kept


def test_far_too_much_is_refused_beside_the_field_too(owner: Owner, our_app: PartnerApp) -> None:
    assert "larger than 1 MB" in send(owner, our_app, bytes(8 * MEGABYTE)).words
    assert send(owner, our_app, bytes(13 * MEGABYTE)).status == 413


@pytest.mark.parametrize(
    ("data", "name", "sentence"),
    [
        (pictures.SVG, "logo.svg", "not a JPG, GIF or PNG"),
        (pictures.SVG, "logo.png", "not a JPG, GIF or PNG"),
        (pictures.SCRIPT, "logo.png", "not a JPG, GIF or PNG"),
        (pictures.HTML_AS_GIF, "logo.gif", ""),
        (pictures.picture("BMP"), "logo.png", "not a JPG, GIF or PNG"),
        (pictures.picture("WEBP"), "logo.png", "not a JPG, GIF or PNG"),
        (pictures.picture("TIFF"), "logo.png", "not a JPG, GIF or PNG"),
        (pictures.picture("ICO"), "logo.png", "not a JPG, GIF or PNG"),
        (b"", "logo.png", "Choose a picture"),
        (b"\x89PNG\r\n\x1a\n", "logo.png", "not a JPG, GIF or PNG"),
        (pictures.picture()[:-200], "cut-off.png", ""),
        (pictures.picture(size=(4097, 10)), "wide.png", "wider or higher than 4096"),
        (pictures.picture(size=(10, 5000)), "high.png", "wider or higher than 4096"),
    ],
)
def test_what_is_no_proper_picture_is_refused_beside_the_field(
    owner: Owner, our_app: PartnerApp, data: bytes, name: str, sentence: str
) -> None:
    answer = send(owner, our_app, data, name=name, shown_name="Typed already")
    assert answer.status == 400
    error = answer.page.select_one("#logo-error")
    assert error is not None
    assert error.get_text(strip=True)
    assert sentence in error.get_text()
    assert answer.page.select_one("input[name=shown_name]")["value"] == "Typed already"  # type: ignore[index]
    preview = owner.get(f"/settings/partner-apps/{our_app.client_id}/preview")
    assert preview.page.select_one("img.logo") is None


def test_a_bomb_is_refused_before_it_is_unpacked(owner: Owner, our_app: PartnerApp) -> None:
    import tracemalloc

    bomb = pictures.bomb()
    assert len(bomb) < MEGABYTE
    tracemalloc.start()
    answer = send(owner, our_app, bomb)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert answer.status == 400
    assert "wider or higher" in answer.words
    assert peak < 30 * MEGABYTE
    assert send(owner, our_app, pictures.text_bomb()).status == 400


def test_the_logo_is_served_for_ever_and_as_nothing_but_a_picture(site: Site, owner: Owner, our_app: PartnerApp) -> None:
    send(owner, our_app, pictures.picture())
    for address in addresses(owner.get(f"/settings/partner-apps/{our_app.client_id}/preview")):
        answer = site.app.test_client().get(address)
        assert answer.headers["Content-Type"] == "image/png"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
        assert "Set-Cookie" not in answer.headers
        assert "Cookie" not in answer.headers.get("Vary", "")


def test_a_changed_logo_has_another_address_and_the_old_one_is_gone(site: Site, owner: Owner, our_app: PartnerApp) -> None:
    preview = f"/settings/partner-apps/{our_app.client_id}/preview"
    send(owner, our_app, pictures.picture(colour="#00ff00"))
    old = addresses(owner.get(preview))[0]
    send(owner, our_app, pictures.picture(colour="#0000ff"))
    new = addresses(owner.get(preview))[0]
    assert old != new
    assert [site.get(address).status for address in (old, new.replace("/96.png", "/97.png"))] == [404, 404]
    owner.submit(owner.get(form_page(our_app)).form("form#remove-logo"))
    assert site.get(new).status == 404
    assert owner.get(preview).page.select_one(".joined span.avatar") is not None


def test_a_deleted_apps_logo_is_gone(site: Site, owner: Owner, our_app: PartnerApp) -> None:
    send(owner, our_app, pictures.picture())
    address = addresses(owner.get(f"/settings/partner-apps/{our_app.client_id}/preview"))[0]
    site.delete(our_app)
    assert site.get(address).status == 404


def test_account_owners_see_the_shown_name_and_the_logo(site: Site, owner: Owner, our_app: PartnerApp) -> None:
    send(owner, our_app, pictures.picture(), shown_name="Shiny")
    other = site.owner()
    sign_in_page = other.get(our_app.authorize_link())
    assert "Sign in to continue to Shiny" in sign_in_page.words
    consent = other.open_consent(our_app.authorize_link())
    assert "Shiny asks for access" in consent.words
    assert "Our app" not in consent.words
    assert consent.page.select_one(".joined img.logo") is not None
    other.decide(consent)
    connected = other.get("/settings/connected-apps")
    assert "Shiny" in connected.words
    assert connected.page.select_one("img.logo") is not None
    assert "Our app" in owner.get("/settings/partner-apps").words, "developers go on seeing the app's own name"
    send(owner, our_app, shown_name="")
    assert "Our app" in other.get("/settings/connected-apps").words


def test_a_shown_name_is_checked_like_a_name(owner: Owner, our_app: PartnerApp) -> None:
    answer = send(owner, our_app, shown_name="x" * 81)
    assert answer.status == 400
    assert answer.page.select_one("#shown_name[aria-invalid]") is not None


def test_the_preview_is_the_real_page_without_effect(site: Site, owner: Owner, our_app: PartnerApp) -> None:
    preview = owner.get(f"/settings/partner-apps/{our_app.client_id}/preview")
    assert "Preview." in preview.words
    assert "Our app asks for access" in preview.words
    assert "partner.example" in preview.words
    buttons = preview.page.select("main button")
    assert buttons
    assert all(button.has_attr("disabled") for button in buttons)
    assert owner.submit(preview.form("form.consent"), button=("decision", "allow")).status == 405
    real = site.owner().open_consent(our_app.authorize_link())
    for part in (".asks", ".withheld"):
        of_preview, of_real = preview.page.select_one(part), real.page.select_one(part)
        assert of_preview is not None
        assert of_real is not None
        assert of_preview.get_text() == of_real.get_text()


def test_only_the_preview_may_be_framed_and_only_here(owner: Owner, our_app: PartnerApp) -> None:
    base = f"/settings/partner-apps/{our_app.client_id}"
    assert "frame-ancestors 'self'" in owner.get(f"{base}/preview").headers["Content-Security-Policy"]
    for page in ("", "/authorization-form", "/danger", "/secrets"):
        assert "frame-ancestors 'none'" in owner.get(base + page).headers["Content-Security-Policy"]


def test_members_upload_nothing(site: Site, owner: Owner, our_app: PartnerApp) -> None:
    member = site.member(owner.organization, role=Role.MEMBER)
    member.sign_in()
    page = member.get("/settings/connected-apps")
    assert upload(member, page, form_page(our_app), pictures.picture()).status == 403
