#!/usr/bin/env python3
"""Recomputes pixelHash from the pictures that `avatarflow render --frames-dir DIR` writes.

    pixel_hash.py DIR            one line a picture: index, hash as the frames topic has it
    pixel_hash.py FILE.png ...   the same for single pictures

pixelHash is the first eight bytes, big-endian and signed, of the SHA-256 of the picture's RGB
bytes before encoding. Needs nothing but Python's own library.
"""
import hashlib
import pathlib
import re
import struct
import sys
import zlib

SIGNATURE = b"\x89PNG\r\n\x1a\n"


def chunks(data):
    at = len(SIGNATURE)
    while at < len(data):
        length, kind = struct.unpack_from(">I4s", data, at)
        yield kind, data[at + 8 : at + 8 + length]
        at += 12 + length


def paeth(left, above, corner):
    guess = left + above - corner
    by_left, by_above, by_corner = abs(guess - left), abs(guess - above), abs(guess - corner)
    if by_left <= by_above and by_left <= by_corner:
        return left
    return above if by_above <= by_corner else corner


def unfilter(kind, line, before, width):
    """Undoes the filter of one row in place; `width` is the bytes of a pixel."""
    for i in range(len(line)):
        left = line[i - width] if i >= width else 0
        above = before[i]
        corner = before[i - width] if i >= width else 0
        if kind == 1:
            line[i] = (line[i] + left) & 255
        elif kind == 2:
            line[i] = (line[i] + above) & 255
        elif kind == 3:
            line[i] = (line[i] + (left + above) // 2) & 255
        elif kind == 4:
            line[i] = (line[i] + paeth(left, above, corner)) & 255


def rgb(data):
    """The RGB bytes of a PNG with eight bits a channel and no interlace."""
    if not data.startswith(SIGNATURE):
        raise ValueError("is no PNG")
    packed = b""
    for kind, body in chunks(data):
        if kind == b"IHDR":
            width, height, depth, colour, _, _, interlace = struct.unpack(">IIBBBBB", body)
            if depth != 8 or colour != 2 or interlace:
                raise ValueError("is not RGB with eight bits a channel")
        elif kind == b"IDAT":
            packed += body
    raw = zlib.decompress(packed)
    stride = 3 * width
    before = bytearray(stride)
    out = bytearray()
    for y in range(height):
        start = y * (stride + 1)
        line = bytearray(raw[start + 1 : start + 1 + stride])
        unfilter(raw[start], line, before, 3)
        out += line
        before = line
    return bytes(out)


def pixel_hash(pixels):
    return struct.unpack(">q", hashlib.sha256(pixels).digest()[:8])[0]


def pictures(arguments):
    for argument in map(pathlib.Path, arguments):
        yield from sorted(argument.glob("frame-*.png")) if argument.is_dir() else [argument]


def main(arguments):
    if not arguments or arguments[0] in ("-h", "--help"):
        print(__doc__, file=sys.stderr)
        return 2
    for picture in pictures(arguments):
        index = re.search(r"(\d+)\.png$", picture.name)
        try:
            value = pixel_hash(rgb(picture.read_bytes()))
        except (OSError, ValueError, struct.error, zlib.error) as problem:
            print(f"pixel_hash: {picture} {problem}", file=sys.stderr)
            return 1
        print(int(index.group(1)) if index else picture.name, value)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
