"""Pictures are written anew: what is stored of them, and what is refused."""

from io import BytesIO

import pytest
from PIL import Image

from booking.files.pictures import read_picture
from booking.files.storage import BadFile
from booking.rules.uploads import UploadFault
from tests.uploads import archive, moving, photograph, picture


def test_a_picture_is_stored_upright_and_without_what_its_file_says_beside_it():
    read = read_picture(photograph(), 1)

    for size in (read.large, read.small):
        stored = Image.open(BytesIO(size.data))
        assert stored.size == (size.width, size.height) == (300, 400)
        top, bottom = stored.getpixel((150, 50)), stored.getpixel((150, 350))
        assert top[0] > 200 > top[2]
        assert bottom[2] > 200 > bottom[0]
        assert not stored.getexif()
        assert not {"exif", "icc_profile", "xmp"} & stored.info.keys()
        assert b"ecret" not in size.data


def test_a_large_picture_is_made_smaller_in_both_sizes():
    read = read_picture(picture((2000, 1000)), 1)

    assert (read.large.width, read.large.height) == (1600, 800)
    assert (read.small.width, read.small.height) == (640, 320)


@pytest.mark.parametrize(
    ("data", "fault"),
    [
        (picture((10_000, 8_000), "PNG", "1"), UploadFault.TOO_MANY_PIXELS),
        (picture((299, 400)), UploadFault.TOO_SMALL),
        (moving("PNG"), UploadFault.ANIMATED),
        (moving("WEBP"), UploadFault.ANIMATED),
        (picture()[:-200], UploadFault.DAMAGED),
        (picture() + archive(), UploadFault.TWO_THINGS),
    ],
)
def test_what_is_no_still_picture_of_a_usual_size_is_refused(data, fault):
    with pytest.raises(BadFile) as refused:
        read_picture(data, len(data))

    assert refused.value.refusal.fault is fault


def test_telephones_pictures_with_a_second_frame_are_accepted():
    assert read_picture(moving("MPO"), 1).large.width == 400
