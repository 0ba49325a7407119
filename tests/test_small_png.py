"""Screenshots become small without becoming other pictures."""

import struct
import zlib

import pytest

from tools.small_png import SIGNATURE, small_png

WIDTH, HEIGHT = 4, 5


def chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def png(rows: list[bytes], colour_type: int = 2) -> bytes:
    header = struct.pack(">IIBBBBB", len(rows[0]) // 3, len(rows), 8, colour_type, 0, 0, 0)
    packed = zlib.compress(b"".join(filtered(n % 5, rows, n) for n in range(len(rows))))
    # In two parts, as browsers write larger pictures.
    parts = chunk(b"IDAT", packed[:9]) + chunk(b"IDAT", packed[9:])
    return SIGNATURE + chunk(b"IHDR", header) + parts + chunk(b"IEND", b"")


def filtered(kind: int, rows: list[bytes], number: int) -> bytes:
    """A row as it is stored under one of the five filters of the format."""
    row, above = rows[number], rows[number - 1] if number else bytes(len(rows[0]))
    stored = bytearray([kind])
    for i, value in enumerate(row):
        left, corner = (row[i - 3], above[i - 3]) if i >= 3 else (0, 0)
        up = above[i]
        estimate = left + up - corner
        paeth = min((left, up, corner), key=lambda one: abs(estimate - one))
        stored.append((value - (0, left, up, (left + up) // 2, paeth)[kind]) % 256)
    return bytes(stored)


def pixels(small: bytes) -> list[bytes]:
    """The pixels of a picture with a palette."""
    at, chunks = len(SIGNATURE), {}
    while at < len(small):
        (length,) = struct.unpack_from(">I", small, at)
        chunks[small[at + 4 : at + 8]] = small[at + 8 : at + 8 + length]
        at += length + 12
    width, _, depth, colour_type = struct.unpack_from(">IIBB", chunks[b"IHDR"])
    assert (depth, colour_type) == (8, 3)
    data, palette = zlib.decompress(chunks[b"IDAT"]), chunks[b"PLTE"]
    rows = [data[start + 1 : start + 1 + width] for start in range(0, len(data), width + 1)]
    return [palette[3 * index : 3 * index + 3] for row in rows for index in row]


def test_each_pixel_keeps_its_colour_where_there_are_few():
    rows = [bytes((17 * y + 5 * x) % 256 for x in range(3 * WIDTH)) for y in range(HEIGHT)]

    assert b"".join(pixels(small_png(png(rows)))) == b"".join(rows)


def test_a_rare_colour_becomes_its_nearest_neighbour():
    common = [bytes([shade, 0, 0]) for shade in range(256)]
    rows = [b"".join(common), b"".join(common), bytes([9, 1, 0]) + b"".join(common[1:])]

    assert pixels(small_png(png(rows)))[512] == bytes([9, 0, 0])


@pytest.mark.parametrize("data", [b"GIF89a", png([bytes(12)], colour_type=6)])
def test_an_unsupported_image_is_refused(data):
    with pytest.raises(ValueError, match="not a PNG"):
        small_png(data)
