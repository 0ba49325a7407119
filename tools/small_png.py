"""Makes a screenshot small: a PNG of at most 256 colours instead of millions.

Pages have few colours; most of the others are shades at the edges of letters. The most frequent
256 stay, each other becomes the one nearest to it. That saves two thirds and needs no library.
Format: https://www.w3.org/TR/png-3/
"""

import struct
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator

SIGNATURE = b"\x89PNG\r\n\x1a\n"
COLOURS = 256
_TRUE_COLOUR = 2
_PALETTE = 3
_BYTES_PER_PIXEL = 3
_HEADER = struct.Struct(">IIBBBBB")


def small_png(png: bytes) -> bytes:
    """Return the picture with at most 256 colours.

    Raises:
        ValueError: not a PNG of 8-bit red, green and blue without interlacing.
    """
    width, rows = _read(png)
    counted = Counter(pixel for row in rows for pixel in _pixels(row))
    palette = [pixel for pixel, _ in counted.most_common(COLOURS)]
    number = {pixel: index for index, pixel in enumerate(palette)}
    for pixel in counted:
        if pixel not in number:
            number[pixel] = number[min(palette, key=lambda other: _distance(pixel, other))]
    lines = (b"\0" + bytes(number[pixel] for pixel in _pixels(row)) for row in rows)
    header = _HEADER.pack(width, len(rows), 8, _PALETTE, 0, 0, 0)
    return SIGNATURE + b"".join(
        (
            _chunk(b"IHDR", header),
            _chunk(b"PLTE", b"".join(palette)),
            _chunk(b"IDAT", zlib.compress(b"".join(lines), 9)),
            _chunk(b"IEND", b""),
        )
    )


def _read(png: bytes) -> tuple[int, list[bytes]]:
    """Return the width and the rows of pixels of a picture."""
    if not png.startswith(SIGNATURE):
        raise ValueError("not a PNG")
    width, height, packed = 0, 0, b""
    for name, data in _chunks(png):
        if name == b"IHDR":
            width, height, *form = _HEADER.unpack(data)
            if form != [8, _TRUE_COLOUR, 0, 0, 0]:
                raise ValueError("not a PNG of 8-bit red, green and blue without interlacing")
        elif name == b"IDAT":
            packed += data
    return width, list(_unfiltered(zlib.decompress(packed), width * _BYTES_PER_PIXEL, height))


def _chunks(png: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = len(SIGNATURE)
    while at < len(png):
        (length,) = struct.unpack_from(">I", png, at)
        yield png[at + 4 : at + 8], png[at + 8 : at + 8 + length]
        at += length + 12


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def _unfiltered(data: bytes, length: int, height: int) -> Iterator[bytes]:
    """Yield the rows; each is stored as differences from its neighbours to the left and above."""
    above = bytes(length)
    for number in range(height):
        start = number * (length + 1)
        row = bytearray(data[start + 1 : start + 1 + length])
        _undo(data[start], row, above)
        above = bytes(row)
        yield above


def _undo(kind: int, row: bytearray, above: bytes) -> None:
    """Undo a filter (section 9.2 of the format) in place."""
    for i in range(len(row)) if kind else ():
        left = row[i - _BYTES_PER_PIXEL] if i >= _BYTES_PER_PIXEL else 0
        if kind == 1:
            guess = left
        elif kind == 2:
            guess = above[i]
        elif kind == 3:
            guess = (left + above[i]) // 2
        else:
            corner = above[i - _BYTES_PER_PIXEL] if i >= _BYTES_PER_PIXEL else 0
            guess = _nearest(left, above[i], corner)
        row[i] = (row[i] + guess) & 0xFF


def _nearest(left: int, above: int, corner: int) -> int:
    """Return the neighbour that is nearest to left + above - corner (Paeth)."""
    estimate = left + above - corner
    return min((left, above, corner), key=lambda value: abs(estimate - value))


def _pixels(row: bytes) -> Iterable[bytes]:
    return (row[i : i + _BYTES_PER_PIXEL] for i in range(0, len(row), _BYTES_PER_PIXEL))


def _distance(one: bytes, other: bytes) -> int:
    return sum((a - b) ** 2 for a, b in zip(one, other, strict=True))
