"""Pictures made here: what they carry is gone, what would break us is refused, and quality is advice."""

import io
import random
import struct
import zlib

import pytest
from PIL import Image, ImageCms, ImageDraw, ImageFilter

from mesoclinic.core import images
from mesoclinic.core.images import ImageRefused, clean_master_and_thumbnail, image_quality, upload_error_text
from tests.files import REALDATA

ORIENTATION, GPS, MAKER = 0x0112, 0x8825, 0x010F


def drawn(width=200, height=120):
    """Red left, blue right, so that one sees how it is turned."""
    picture = Image.new("RGB", (width, height), "red")
    ImageDraw.Draw(picture).rectangle((width // 2, 0, width, height), fill="blue")
    return picture


def encoded(picture, kind="JPEG", **more):
    out = io.BytesIO()
    picture.save(out, kind, **more)
    return out.getvalue()


def opened(content):
    return Image.open(io.BytesIO(content))


def with_metadata(orientation=1):
    exif = Image.Exif()
    exif[ORIENTATION], exif[MAKER] = orientation, "SECRETPHONE"
    exif.get_ifd(GPS)[1] = "N"
    exif.get_ifd(GPS)[2] = (48.0, 51.0, 30.0)
    return encoded(drawn(), exif=exif, comment=b"SECRETCOMMENT")


@pytest.mark.fault("F32")
def test_nothing_but_colours_is_left_of_a_picture():
    sent = with_metadata()
    assert b"SECRETPHONE" in sent
    assert opened(sent).getexif().get_ifd(GPS)

    clean = clean_master_and_thumbnail(sent)

    for content in (clean.master, clean.thumbnail):
        assert b"SECRET" not in content
        assert b"Exif" not in content
        kept = opened(content)
        assert kept.format == "JPEG"
        assert dict(kept.getexif()) == {}
        assert "icc_profile" not in kept.info


@pytest.mark.fault("F32")
@pytest.mark.parametrize(
    ("orientation", "size"),
    [(1, (200, 120)), (3, (200, 120)), (6, (120, 200)), (8, (120, 200))],
)
def test_a_picture_is_turned_as_it_was_held(orientation, size):
    clean = clean_master_and_thumbnail(with_metadata(orientation))
    kept = opened(clean.master)

    assert (kept.size, (clean.width, clean.height)) == (size, size)
    corner = {1: (5, 5), 3: (195, 115), 6: (5, 5), 8: (5, 195)}[orientation]
    red, _, blue = kept.getpixel(corner)
    assert red > 200 > 50 > blue


@pytest.mark.fault("F32")
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "HEIF"])
def test_each_kind_that_a_telephone_writes_is_taken(kind):
    assert opened(clean_master_and_thumbnail(encoded(drawn(), kind)).master).size == (200, 120)


def profile_with_red_and_green_swapped():
    """sRGB whose red and green primaries and curves have changed places."""
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    count = struct.unpack_from(">I", profile, 128)[0]
    places = {bytes(profile[at : at + 4]): at + 4 for at in range(132, 132 + 12 * count, 12)}
    for red, green in ((b"rXYZ", b"gXYZ"), (b"rTRC", b"gTRC")):
        here, there = places[red], places[green]
        profile[here : here + 8], profile[there : there + 8] = (
            profile[there : there + 8],
            profile[here : here + 8],
        )
    return bytes(profile)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "HEIF"])
def test_colours_of_another_profile_are_brought_to_srgb(kind):
    sent = encoded(drawn(), kind, icc_profile=profile_with_red_and_green_swapped())

    kept = opened(clean_master_and_thumbnail(sent).master)

    # What was written as red means green there; blue is the same in both.
    assert kept.getpixel((20, 60)) == pytest.approx((0, 255, 0), abs=12)
    assert kept.getpixel((180, 60)) == pytest.approx((0, 0, 255), abs=12)


def test_a_profile_that_cannot_be_read_is_as_none():
    clean = clean_master_and_thumbnail(encoded(drawn(), icc_profile=b"this is no profile"))

    assert opened(clean.master).getpixel((5, 5)) == pytest.approx((255, 0, 0), abs=12)


def test_what_is_clear_becomes_white():
    clear = Image.new("RGBA", (64, 64), (0, 0, 0, 0))

    assert opened(clean_master_and_thumbnail(encoded(clear, "PNG")).master).getpixel((9, 9)) == (
        255,
        255,
        255,
    )


# ── what is refused ──────────────────────────────────────────────────────────


def png_that_says(width, height):
    """A few bytes that claim to be a picture of this size."""

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    data = zlib.compress(b"\0" * 100_000)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", data) + chunk(b"IEND", b"")


@pytest.mark.fault("F30")
@pytest.mark.parametrize("size", [(60_000, 60_000), (20_000, 10), (9_000, 9_000)])
def test_a_bomb_is_refused_before_it_is_unpacked(size, monkeypatch):
    monkeypatch.setattr(Image.Image, "load", lambda *args: pytest.fail("unpacked"))

    with pytest.raises(ImageRefused):
        clean_master_and_thumbnail(png_that_says(*size))


@pytest.mark.fault("F31")
@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"GIF89a" + b"\0" * 50,
        b"<svg xmlns='x'><script>alert(1)</script></svg>",
        b"%PDF-1.7 %%EOF",
        b"MZ" + b"\0" * 100,
        b"\xff\xd8\xff" + b"\0" * (images.MAX_UPLOAD_BYTES),
    ],
    ids=["empty", "gif", "svg", "pdf", "program", "too large"],
)
def test_what_is_no_photograph_is_refused_at_first_sight(content):
    assert upload_error_text(content)
    with pytest.raises(ImageRefused):
        clean_master_and_thumbnail(content)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "HEIF"])
def test_half_a_picture_is_refused(kind):
    noisy = Image.effect_noise((200, 200), 90).convert("RGB")
    whole = encoded(noisy, kind)

    with pytest.raises(ImageRefused):
        clean_master_and_thumbnail(whole[: len(whole) // 2])


@pytest.mark.fault("F31")
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "HEIF"])
def test_what_hides_behind_a_picture_is_gone(kind):
    hidden = b"PK\x03\x04<script>alert('HIDDEN')</script>%PDF-1.7"

    clean = clean_master_and_thumbnail(encoded(drawn(), kind) + hidden)

    assert b"HIDDEN" not in clean.master + clean.thumbnail
    assert b"<script" not in clean.master + clean.thumbnail


@pytest.mark.fault("F31")
def test_a_picture_under_another_kinds_first_bytes_is_refused():
    png = encoded(drawn(), "PNG")

    with pytest.raises(ImageRefused):
        clean_master_and_thumbnail(b"\xff\xd8\xff" + png)


# ── advice ───────────────────────────────────────────────────────────────────


def hair(lines, seed=1):
    """Drawn hair: many or few fine lines on skin."""
    picture, chance = Image.new("RGB", (600, 600), (214, 170, 140)), random.Random(seed)
    draw = ImageDraw.Draw(picture)
    for _ in range(lines):
        x, y = chance.randrange(600), chance.randrange(600)
        draw.line(
            (x, y, x + chance.randrange(-40, 40), y + chance.randrange(20, 90)), fill=(50, 35, 25), width=2
        )
    return picture


@pytest.mark.parametrize("lines", [120, 600, 2500], ids=["thin", "middle", "dense"])
def test_softness_is_told_whatever_the_density(lines):
    sharp = image_quality(hair(lines))
    soft = image_quality(hair(lines).filter(ImageFilter.GaussianBlur(4)))

    assert not sharp.is_soft
    assert soft.is_soft


def test_light_without_detail_is_counted():
    picture = Image.new("RGB", (100, 100), (120, 90, 80))
    ImageDraw.Draw(picture).rectangle((0, 0, 99, 24), fill="white")

    assert image_quality(picture).clipped == pytest.approx(0.25, abs=0.01)


# ── what other people's telephones and tests wrote ───────────────────────────


@pytest.mark.fault("F32")
@pytest.mark.realdata
def test_good_photographs_lose_where_they_were_taken_and_none_crashes():
    good = sorted((REALDATA / "photos-good").iterdir())
    refused = []
    for path in good:
        try:
            clean = clean_master_and_thumbnail(path.read_bytes())
        except ImageRefused as why:
            refused.append((path.name, str(why)))
            continue
        for content in (clean.master, clean.thumbnail):
            assert dict(opened(content).getexif()) == {}, path.name
            assert b"GPS" not in content[:2000], path.name

    assert len(good) == 21
    assert refused == [("pillow__exif_gps.jpg", "The picture is too small to show anything. Take it again.")]


@pytest.mark.fault("F30")
@pytest.mark.realdata
def test_broken_images_are_refused_or_read_and_none_crashes():
    broken = sorted(p for p in (REALDATA / "broken-images").iterdir() if p.is_file())
    read = 0
    for path in broken:
        try:
            clean = clean_master_and_thumbnail(path.read_bytes())
        except ImageRefused:
            continue
        read += 1
        assert dict(opened(clean.master).getexif()) == {}, path.name

    assert len(broken) >= 45
    assert read < len(broken)
