"""Files to send in tests: small pictures and documents, made here."""

import zipfile
from io import BytesIO
from typing import Any

from PIL import Image

_BODY = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\n"
PDF = _BODY + b"trailer<</Size 2/Root 1 0 R>>\nstartxref\n9\n%%EOF\n"
SVG = b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>"


def picture(
    size: tuple[int, int] = (400, 300), format_: str = "JPEG", mode: str = "RGB", **options: Any
) -> bytes:
    """A picture, red on its left half and blue on its right."""
    image = Image.new(mode, size, "red" if mode == "RGB" else 0)
    if mode == "RGB":
        image.paste("blue", (size[0] // 2, 0, *size))
    out = BytesIO()
    image.save(out, format_, **options)
    return out.getvalue()


def moving(format_: str) -> bytes:
    """A picture of two frames."""
    first, second = (Image.new("RGB", (400, 300), one) for one in ("red", "blue"))
    out = BytesIO()
    first.save(out, format_, save_all=True, append_images=[second])
    return out.getvalue()


def archive() -> bytes:
    """A ZIP archive."""
    out = BytesIO()
    with zipfile.ZipFile(out, "w") as made:
        made.writestr("a.txt", "x")
    return out.getvalue()


def photograph() -> bytes:
    """A picture that a telephone took on its side, with its place and its maker."""
    exif = Image.Exif()
    exif[0x0112] = 6  # the camera was turned: the top of the picture is its left side
    exif[0x010F] = "SecretCam"
    exif.get_ifd(0x8825)[1] = "N"
    exif.get_ifd(0x8825)[2] = (55.0, 28.0, 35.0)
    return picture(exif=exif, comment=b"taken in secret")
