"""Pictures and documents in words: why one is refused, and how large it is."""

from babel.numbers import format_decimal
from flask_babel import get_locale

from booking.rules.uploads import Audience, Refusal, UploadFault
from booking.wording.translator import gettext, lazy_gettext

_TEXTS = {
    UploadFault.EMPTY: lazy_gettext("This file is empty. Choose another one."),
    UploadFault.NOT_A_PICTURE: lazy_gettext(
        "This is not a picture that we can read. Choose a JPEG, PNG or WebP file."
    ),
    UploadFault.PICTURE_IS_PDF: lazy_gettext(
        "This is a PDF, not a picture. Add it to the documents instead."
    ),
    UploadFault.GIF: lazy_gettext("GIF files are not accepted. Save it as JPEG or PNG."),
    UploadFault.HEIC: lazy_gettext(
        "HEIC and AVIF files are not accepted, as not every browser shows them. Save it as JPEG."
    ),
    UploadFault.SVG: lazy_gettext(
        "SVG files are not accepted, as they can contain programs. Save it as PNG."
    ),
    UploadFault.ZIP: lazy_gettext(
        "This is a ZIP archive, whatever its name says. Choose a JPEG, PNG or WebP file."
    ),
    UploadFault.ANIMATED: lazy_gettext("Moving pictures are not accepted. Choose a still one."),
    UploadFault.DAMAGED: lazy_gettext(
        "This picture is damaged or incomplete. Open it and save it again, then try once more."
    ),
    UploadFault.TWO_THINGS: lazy_gettext(
        "Something else is hidden in this file, such as an archive or a web page. Save it again "
        "with another program, then try once more."
    ),
    UploadFault.NOT_A_PDF: lazy_gettext(
        "This is not a PDF, whatever its name says. Save the document as PDF."
    ),
    UploadFault.UNFINISHED_PDF: lazy_gettext(
        "This PDF is incomplete, or something follows its end. Save it again, then try once more."
    ),
    UploadFault.LOCKED_PDF: lazy_gettext(
        "This PDF is locked with a password or restrictions. Save a copy without them."
    ),
    UploadFault.NO_ROOM: lazy_gettext(
        "The file could not be stored. Your text is kept: try again later, and tell the operator "
        "of this site if it goes on."
    ),
}
#: What is said of who may read a document, beside it.
AUDIENCE_WORDS = {
    Audience.PUBLIC: lazy_gettext("Everybody"),
    Audience.SIGNED_IN: lazy_gettext("Signed-in people"),
    Audience.CONFIRMED: lazy_gettext("Organisations with a confirmed date here"),
}


def refused_text(refusal: Refusal) -> str:
    """Return why a file is refused, and what to do."""
    match refusal.fault:
        case UploadFault.TOO_LARGE:
            return gettext(
                "This file is too large: at most %(most)s MB; yours has %(has)s MB.",
                most=refusal.most,
                has=refusal.has,
            )
        case UploadFault.TOO_MANY_PIXELS:
            return gettext(
                "This picture has too many pixels: at most %(most)s million; yours has %(has)s "
                "million. Save a smaller copy.",
                most=refusal.most,
                has=refusal.has,
            )
        case UploadFault.TOO_SMALL:
            return gettext(
                "This picture is too small: it needs at least %(fewest)s pixels in width and in "
                "height.",
                fewest=refusal.most,
            )
        case fault:
            return str(_TEXTS[fault])


def audience_word(audience: Audience) -> str:
    """Return who may read a document."""
    return str(AUDIENCE_WORDS[audience])


def size_text(size: int) -> str:
    """Return the size of a file, given in bytes, as kB or MB of a thousand and a million bytes."""
    locale = str(get_locale() or "en")
    if size < 1_000_000:
        kilobytes = format_decimal(max(1, round(size / 1000)), locale=locale)
        return gettext("%(number)s kB", number=kilobytes)
    return gettext("%(number)s MB", number=format_decimal(round(size / 10**6, 1), locale=locale))
