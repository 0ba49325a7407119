"""Pictures: decoded and written anew, so that only what can be seen of them is stored.

What else a file says goes with that: when and where it was taken, by which camera, a preview, and
whatever is hidden in it.
"""

from dataclasses import dataclass
from io import BytesIO
from threading import Lock

from PIL import Image, ImageCms, ImageOps

from booking.files.storage import BadFile
from booking.rules.uploads import (
    LARGE_SIDE,
    SMALL_SIDE,
    Refusal,
    UploadFault,
    picture_fault,
    pixels_fault,
)

MEDIA_TYPE = "image/webp"
ENDING = "webp"
_QUALITY = 80
_READ = ("JPEG", "PNG", "WEBP")
# The size is checked below, and Pillow's own limit is a warning.
Image.MAX_IMAGE_PIXELS = None
#: One at a time in a process: a picture takes up to 200 MB while it is decoded.
_decoding = Lock()


@dataclass(frozen=True)
class Written:
    """A picture as it is stored, in pixels."""

    data: bytes
    width: int
    height: int


@dataclass(frozen=True)
class Picture:
    """One picture in the two sizes in which pages show it."""

    large: Written
    small: Written


def read_picture(data: bytes, size: int) -> Picture:
    """Return the picture in a file of which `size` bytes were sent, upright and in sRGB.

    Raises:
        BadFile: it is none, or none that is shown here.
    """
    if refusal := picture_fault(data, size):
        raise BadFile(refusal)
    with _decoding:
        try:
            with Image.open(BytesIO(data), formats=_READ) as image:
                return _read(image)
        except BadFile:
            raise
        # What a broken file makes Pillow raise is not told apart by it.
        except Exception as error:
            raise BadFile(Refusal(UploadFault.DAMAGED)) from error


def _read(image: Image.Image) -> Picture:
    if refusal := pixels_fault(*image.size):
        raise BadFile(refusal)
    # Telephones store a second frame in JPEG, of which browsers show only the first.
    if image.format in ("PNG", "WEBP") and getattr(image, "is_animated", False):
        raise BadFile(Refusal(UploadFault.ANIMATED))
    image.draft("RGB", (2 * LARGE_SIDE, 2 * LARGE_SIDE))  # of JPEG only what is needed is decoded
    ImageOps.exif_transpose(image, in_place=True)
    large = _in_srgb(image)
    large.thumbnail((LARGE_SIDE, LARGE_SIDE), Image.Resampling.LANCZOS)
    small = large.copy()
    small.thumbnail((SMALL_SIDE, SMALL_SIDE), Image.Resampling.LANCZOS)
    return Picture(_written(large), _written(small))


def _in_srgb(image: Image.Image) -> Image.Image:
    """Return the picture in the colours that every screen takes it for, on white."""
    profile = image.info.get("icc_profile")
    if "A" in image.mode or "transparency" in image.info:
        layer = image.convert("RGBA")
        white = Image.new("RGB", layer.size, "white")
        white.paste(layer, mask=layer.getchannel("A"))
        return white
    if profile and image.mode in ("RGB", "CMYK"):
        try:
            theirs = ImageCms.ImageCmsProfile(BytesIO(profile))
            ours = ImageCms.createProfile("sRGB")
            converted = ImageCms.profileToProfile(image, theirs, ours, outputMode="RGB")
        except (ImageCms.PyCMSError, OSError):  # an odd profile: its colours as they are
            converted = None
        if converted is not None:
            return converted
    if image.mode.startswith("I"):  # sixteen bits of grey
        image = image.point(lambda level: level / 256).convert("L")
    return image.convert("RGB")


def _written(image: Image.Image) -> Written:
    # A new picture, as this one still carries what the file said of it.
    bare = Image.new("RGB", image.size)
    bare.paste(image)
    out = BytesIO()
    bare.save(out, "WEBP", quality=_QUALITY, method=4)
    return Written(out.getvalue(), *bare.size)
