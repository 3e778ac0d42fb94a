"""Reads what sessions emitted: Avro from ``avatarflow render --record``, lines of JSON from ``export`` and ``replay``."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import fastavro
import numpy as np


@dataclass(frozen=True)
class Frame:
    """One video frame. Times are microseconds; ``stages`` are (name, waited, computed) in order."""

    index: int
    block: int
    pts_seconds: float
    audio_first_sample: int
    idle: bool
    concealed: bool
    key_frame: bool
    bytes: int
    rung: int
    steps: int
    batch_size: int
    pixel_hash: str
    restored: bool
    ingest: int
    release: int
    emit: int
    stages: tuple[tuple[str, int, int], ...]

    @property
    def latency(self) -> int:
        """From the arrival of the last input of the block to the emission of the frame."""
        return self.emit - self.ingest


@dataclass(frozen=True)
class Recording:
    """Everything that one session emitted, in order."""

    session: str
    opened: dict
    frames: list[Frame]
    audio_packets: int
    marks: list[tuple[str, dict]]


def read(file: Path) -> Recording:
    """Reads a recording of one session; of frames with equal index the first counts."""
    session, opened, frames, packets, marks = "", {}, {}, 0, []
    for record in _avro(file) if file.suffix == ".avro" else _json(file):
        session = record["sessionKey"]
        kind, body = _named(record["body"])
        if kind == "EncodedFrame" and body["track"] == "VIDEO":
            frames.setdefault(body["index"], _frame(body))
        elif kind == "EncodedFrame":
            packets += 1
        elif kind == "StreamMark":
            name, mark = _named(body["body"])
            marks.append((name, mark))
            opened = mark if name == "OpenMark" else opened
    return Recording(session, opened, [frames[i] for i in sorted(frames)], packets, marks)


def _avro(file: Path) -> Iterator[dict]:
    with open(file, "rb") as data:
        yield from fastavro.reader(data, return_record_name=True)


def _json(file: Path) -> Iterator[dict]:
    with open(file) as lines:
        yield from map(json.loads, lines)


def _named(union: object) -> tuple[str, dict]:
    """A record of a union with the name of its schema."""
    if isinstance(union, dict):
        return union.get("type", ""), union
    return (union[0].rsplit(".", 1)[-1], union[1]) if isinstance(union, tuple) else ("", {})


def _frame(body: dict) -> Frame:
    trace = body["trace"]
    return Frame(
        body["index"],
        body["block"],
        body["pts"] / 90_000,
        body["audioFirstSample"],
        body["flags"]["idle"],
        body["flags"]["concealed"],
        body["keyFrame"],
        body["payloadBytes"] if "payloadBytes" in body else len(body["payload"]),
        body["rung"],
        body["steps"],
        body["batchSize"],
        body["pixelHash"] if isinstance(body["pixelHash"], str) else f"{body['pixelHash'] & 0xFFFFFFFFFFFFFFFF:016x}",
        body["flags"]["restored"],
        trace["ingestMicros"],
        trace["releaseMicros"],
        trace["emitMicros"],
        tuple((s["stage"], s["queueMicros"], s["computeMicros"]) for s in trace["stages"]),
    )


def traced(recording: Recording) -> list[Frame]:
    """The first frame of every block that has a trace, without the first second, in which caches are cold."""
    first: dict[int, Frame] = {}
    for frame in recording.frames:
        if frame.stages and frame.ingest and frame.pts_seconds >= 1:
            first.setdefault(frame.block, frame)
    return list(first.values())


def waterfall(frames: list[Frame], quantile: float = 0.5) -> list[tuple[str, str, float]]:
    """(stage, "waits" or "computes", milliseconds) in order: the quantile of each part over the frames that went through all
    stages. Under overload some did not: they repeat a picture."""
    most = max(len(frame.stages) for frame in frames)
    whole = [frame for frame in frames if len(frame.stages) == most]
    parts: list[tuple[str, str, float]] = []
    for position, (stage, _, _) in enumerate(whole[0].stages):
        for column, what in ((1, "waits"), (2, "computes")):
            values = [frame.stages[position][column] for frame in whole]
            parts.append((stage, what, float(np.quantile(values, quantile)) / 1000))
    return parts


def differences(one: Recording, other: Recording) -> list[int]:
    """Indices of the frames whose pictures differ, by the hash that the engine took before encoding."""
    hashes = {frame.index: frame.pixel_hash for frame in other.frames}
    return [frame.index for frame in one.frames if hashes.get(frame.index) != frame.pixel_hash]


def drift(recording: Recording) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """For each frame: seconds of media; milliseconds by which the picture's time is ahead of its sound's; and milliseconds
    between its time and the moment it left the engine, counted from the quickest frame."""
    media = np.array([frame.pts_seconds for frame in recording.frames])
    sound = np.array([frame.audio_first_sample for frame in recording.frames]) / recording.opened["mediaSampleRate"]
    left = np.array([frame.emit for frame in recording.frames]) / 1e6 - media
    return media, 1000 * (media - sound), 1000 * (left - left.min())
