"""Turns an uploaded picture into one of our own making: turned upright, in sRGB, without metadata. No Django here.

What was sent is never shown. It is decoded under limits, and only its colours are written into a new file.
"""

import io
import warnings
from dataclasses import dataclass

import pillow_heif
from PIL import Image, ImageChops, ImageCms, ImageFilter, ImageOps, ImageStat

pillow_heif.register_heif_opener()

MAX_UPLOAD_MB = 25
MAX_UPLOAD_BYTES = MAX_UPLOAD_MB * 1024 * 1024
TOO_LARGE = f"The file is larger than {MAX_UPLOAD_MB} MB. Save it smaller and choose it again."
#: A telephone's largest usual picture has 50 million.
MAX_PIXELS = 60_000_000
MAX_SIDE = 16_000
LEAST_SIDE = 32
#: The long side of what is kept, and of what lists and comparisons show first.
MASTER_SIDE = 4_000
THUMBNAIL_SIDE = 640

_HEIF_BRANDS = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"}
#: Above it a picture has edges that a blur would take away; below, it was soft already (docs/photographs.md).
_SHARP_FROM = 0.30
#: At this brightness, in all three colours, nothing can be seen any more.
_CLIPPED_FROM = 250
_SAMPLE_SIDE = 1_024
_SRGB = ImageCms.createProfile("sRGB")


class ImageRefused(Exception):
    """A file that is no photograph for us. Its text says why, and what to do."""


@dataclass(frozen=True, slots=True)
class ImageQuality:
    """Advice only. ``sharpness``: 0 soft to 1 sharp, against its own blur; ``clipped``: share without any detail."""

    sharpness: float
    clipped: float

    @property
    def is_soft(self) -> bool:
        return self.sharpness < _SHARP_FROM


@dataclass(frozen=True, slots=True)
class CleanImage:
    """Two JPEG files and what is known of the picture."""

    master: bytes
    thumbnail: bytes
    width: int
    height: int
    quality: ImageQuality


def image_kind_or_none(content: bytes) -> str | None:
    """Pillow's name of what the first bytes say it is; None where that is not taken. The file's name says nothing."""
    if content.startswith(b"\xff\xd8\xff"):
        return "JPEG"
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return "PNG"
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "WEBP"
    if content[4:8] == b"ftyp" and content[8:12] in _HEIF_BRANDS:
        return "HEIF"
    return None


def upload_error_text(content: bytes) -> str:
    """What is wrong with an upload at first sight, and what to do; "" where nothing is."""
    if not content:
        return "The file is empty. Take the picture again."
    if len(content) > MAX_UPLOAD_BYTES:
        return TOO_LARGE
    if image_kind_or_none(content) is None:
        return "This is no JPEG, PNG, WebP or HEIC picture, whatever its name says. Choose a photograph."
    return ""


def clean_master_and_thumbnail(content: bytes) -> CleanImage:
    """Decode under limits and write anew. :class:`ImageRefused` for whatever cannot be read whole."""
    if wrong := upload_error_text(content):
        raise ImageRefused(wrong)
    picture = _decode_upright_srgb(content)
    picture.thumbnail((MASTER_SIDE, MASTER_SIDE), Image.Resampling.LANCZOS)
    small = picture.copy()
    small.thumbnail((THUMBNAIL_SIDE, THUMBNAIL_SIDE), Image.Resampling.LANCZOS)
    return CleanImage(
        master=_jpeg_bytes(picture, 92),
        thumbnail=_jpeg_bytes(small, 85),
        width=picture.width,
        height=picture.height,
        quality=image_quality(picture),
    )


def _decode_upright_srgb(content: bytes) -> Image.Image:
    kind = image_kind_or_none(content)
    try:
        with warnings.catch_warnings():
            # Pillow warns of a picture that would fill the memory: here that is a refusal.
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            warnings.simplefilter("ignore", UserWarning)
            with Image.open(io.BytesIO(content), formats=[kind or ""]) as opened:
                _refuse_unless_of_a_photograph_size(opened.width, opened.height)
                opened.load()
                return _srgb_copy_without_metadata(_turned_upright(opened))
    except ImageRefused:
        raise
    except Exception as error:
        # A decoder may raise anything at all of a file made to break it; none of it is our fault.
        raise ImageRefused(
            "The picture is damaged or incomplete. Take it again, or save it anew as JPEG."
        ) from error


def _refuse_unless_of_a_photograph_size(width: int, height: int) -> None:
    if width * height > MAX_PIXELS or max(width, height) > MAX_SIDE:
        raise ImageRefused(
            f"The picture has more than {MAX_PIXELS // 1_000_000} million pixels. Save it smaller."
        )
    if min(width, height) < LEAST_SIDE:
        raise ImageRefused("The picture is too small to show anything. Take it again.")


def _turned_upright(opened: Image.Image) -> Image.Image:
    try:
        return ImageOps.exif_transpose(opened)
    except Exception:
        # Broken metadata says nothing about how it was held; the picture itself is whole.
        return opened


def _srgb_copy_without_metadata(picture: Image.Image) -> Image.Image:
    """The colours in sRGB in a new picture that carries nothing else."""
    profile = picture.info.get("icc_profile")
    if picture.mode.startswith(("I", "F")):
        picture = picture.convert("I").point(lambda value: value / 256).convert("L")
    elif picture.mode in ("RGBA", "LA", "PA", "P"):
        drawn = picture.convert("RGBA")
        picture = Image.new("RGB", drawn.size, "white")
        picture.paste(drawn, mask=drawn.getchannel("A"))
    if profile and picture.mode in ("RGB", "CMYK", "L"):
        picture = _in_srgb(picture, profile)
    colours = picture if picture.mode == "RGB" else picture.convert("RGB")
    clean = Image.new("RGB", colours.size)
    clean.paste(colours)
    return clean


def _in_srgb(picture: Image.Image, profile: bytes) -> Image.Image:
    try:
        read = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        return ImageCms.profileToProfile(picture, read, _SRGB, outputMode="RGB") or picture
    except (ImageCms.PyCMSError, OSError, ValueError):
        # A profile that cannot be read, or is of other colours than the picture's: as if it had none.
        return picture


def _jpeg_bytes(picture: Image.Image, quality: int) -> bytes:
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=quality, subsampling=0, optimize=True)
    return out.getvalue()


def image_quality(picture: Image.Image) -> ImageQuality:
    """Of the middle of the picture, where what is looked at stands."""
    left, top = max(0, (picture.width - _SAMPLE_SIDE) // 2), max(0, (picture.height - _SAMPLE_SIDE) // 2)
    middle = picture.crop(
        (left, top, min(picture.width, left + _SAMPLE_SIDE), min(picture.height, top + _SAMPLE_SIDE))
    )
    red, green, blue = middle.split()
    darkest = ImageChops.darker(ImageChops.darker(red, green), blue).histogram()
    return ImageQuality(
        sharpness=round(_sharpness_against_own_blur(middle.convert("L")), 3),
        clipped=round(sum(darkest[_CLIPPED_FROM:]) / max(1, sum(darkest)), 4),
    )


def _sharpness_against_own_blur(grey: Image.Image) -> float:
    """How much of its edges a blur takes away, in the direction in which that is least (Crete 2007).

    A soft picture loses little: it has no fine edges. How busy the scene is cancels out.
    """
    found = []
    for across in (True, False):
        turned = grey if across else grey.transpose(Image.Transpose.ROTATE_90)
        blurred = turned.filter(ImageFilter.Kernel((5, 5), [0] * 10 + [1] * 5 + [0] * 10))
        edges, edges_after = (
            _differences_from_right_neighbour(turned),
            _differences_from_right_neighbour(blurred),
        )
        lost = ImageStat.Stat(ImageChops.subtract(edges, edges_after)).sum[0]
        whole = ImageStat.Stat(edges).sum[0]
        found.append(lost / whole if whole else 0.0)
    return float(min(found))


def _differences_from_right_neighbour(grey: Image.Image) -> Image.Image:
    """The difference of each pixel from the one beside it."""
    width, height = grey.size
    return ImageChops.difference(grey.crop((0, 0, width - 1, height)), grey.crop((1, 0, width, height)))


def transformed_picture_jpeg(picture: bytes, coefficients: tuple[float, ...], size: tuple[int, int]) -> bytes:
    """The picture drawn where ``coefficients`` (of Pillow's affine) put it, in a frame of ``size``; nothing is enhanced."""
    with Image.open(io.BytesIO(picture), formats=["JPEG"]) as opened:
        moved = opened.convert("RGB").transform(
            size, Image.Transform.AFFINE, coefficients, Image.Resampling.BICUBIC, fillcolor="white"
        )
    return _jpeg_bytes(moved, 90)
