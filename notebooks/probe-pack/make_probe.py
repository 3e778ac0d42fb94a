"""Writes the probe pack: graphs, identities, proof audio, texts and manifest.

    python3 notebooks/probe-pack/make_probe.py operators/src/main/resources/packs/probe
    ./avatarflow pack seal operators/src/main/resources/packs/probe

Needs NumPy and onnx (Debian: python3-onnx). The second command writes the proof vectors and the digests.
"""

import pathlib
import struct
import sys
import zlib

import numpy as np

import graphs

HERE = pathlib.Path(__file__).parent
RATE = 16000
IDENTITIES = {  # skin, ground
    "amber": ((0.85, 0.6, 0.35), (0.2, 0.35, 0.5)),
    "jade": ((0.35, 0.65, 0.5), (0.55, 0.3, 0.35)),
    "slate": ((0.5, 0.55, 0.75), (0.65, 0.6, 0.4)),
}


def png(pixels):
    """An RGB picture as PNG bytes."""
    height, width, _ = pixels.shape
    rows = b"".join(b"\0" + pixels[y].tobytes() for y in range(height))

    def part(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    signature = b"\x89PNG\r\n\x1a\n"
    return signature + part(b"IHDR", header) + part(b"IDAT", zlib.compress(rows, 9)) + part(b"IEND", b"")


def portrait(skin, ground):
    """The still face that the decoder's closed form belongs to."""
    y, x = np.mgrid[0 : graphs.SIZE, 0 : graphs.SIZE] / (graphs.SIZE / 2) - 1 + 1 / graphs.SIZE
    picture = np.array(ground) * (0.8 + 0.2 * np.sin(6 * x + 3 * y))[..., None]

    def paint(cx, cy, rx, ry, colour):
        inside = ((x - cx) / rx) ** 2 + ((y - cy) / ry) ** 2 < 1
        picture[inside] = colour

    paint(0, 0, 0.62, 0.8, skin)
    for side in (-0.26, 0.26):
        paint(side, -0.18, 0.15, 0.1, (0.95, 0.95, 0.95))
        paint(side, -0.18, 0.07, 0.07, (0.1, 0.1, 0.1))
    paint(0, 0.38, 0.3, 0.05, (0.25, 0.05, 0.08))
    return np.round(np.clip(picture, 0, 1) * 255).astype(np.uint8)


def voice(seconds):
    """Four syllables a second of a buzzing tone with pauses; signed 16 bit."""
    n = np.arange(int(seconds * RATE))
    time = n / RATE
    pitch = 2 * np.pi * np.cumsum(120 + 20 * np.sin(2 * np.pi * 1.5 * time)) / RATE
    buzz = sum(np.sin(k * pitch) / k for k in range(1, 20))
    syllables = np.clip(np.sin(2 * np.pi * 4 * time), 0, 1) * (np.sin(2 * np.pi * 0.7 * time) > -0.6)
    return np.round(8000 * buzz * syllables).astype("<i2").tobytes()


def spec(name, kind, shape):
    axes = ", ".join(["batch", *map(str, shape)])
    return f"{name}: {{type: {kind}, shape: [{axes}]}}"


def graph_section(entries):
    lines = ["graphs:"]
    for name, entry in entries.items():
        lines += [f"  {name}:", f"    file: {entry['file']}"]
        for side in ("inputs", "outputs"):
            lines.append(f"    {side}:")
            lines += [f"      {spec(key, *value)}" for key, value in entry[side].items()]
    return "\n".join(lines) + "\n"


def main(folder):
    for part in ("identities", "proof"):
        (folder / part).mkdir(parents=True, exist_ok=True)
    entries = {}
    for make in graphs.ALL:
        graph = make()
        entries[graph.name] = graph.write(folder)
    for name, colours in IDENTITIES.items():
        (folder / "identities" / f"{name}.png").write_bytes(png(portrait(*colours)))
    (folder / "proof" / "speech.pcm").write_bytes(voice(1.2))
    for text in ("LICENSE", "CARD.md"):
        (folder / text).write_text((HERE / text).read_text())
    template = (HERE / "pack.template.yaml").read_text()
    (folder / "pack.yaml").write_text(template.replace("graphs: {}\n", graph_section(entries)))


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: make_probe.py FOLDER")
    main(pathlib.Path(sys.argv[1]))
