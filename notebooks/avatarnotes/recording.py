"""Reads what sessions emitted: an Avro file of SessionOutput records, as ``avatarflow render --record`` writes it."""

from __future__ import annotations

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
    key_frame: bool
    bytes: int
    rung: int
    steps: int
    batch_size: int
    pixel_hash: int
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
    with open(file, "rb") as data:
        for record in fastavro.reader(data, return_record_name=True):
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


def _named(union: object) -> tuple[str, dict]:
    if not isinstance(union, tuple):
        return "", {}
    return union[0].rsplit(".", 1)[-1], union[1]


def _frame(body: dict) -> Frame:
    trace = body["trace"]
    return Frame(
        body["index"],
        body["block"],
        body["pts"] / 90_000,
        body["keyFrame"],
        len(body["payload"]),
        body["rung"],
        body["steps"],
        body["batchSize"],
        body["pixelHash"],
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
    """(stage, "waits" or "computes", milliseconds) in order: the quantile of each part over the frames."""
    parts: list[tuple[str, str, float]] = []
    for position, (stage, _, _) in enumerate(frames[0].stages):
        for column, what in ((1, "waits"), (2, "computes")):
            values = [frame.stages[position][column] for frame in frames]
            parts.append((stage, what, float(np.quantile(values, quantile)) / 1000))
    return parts


def differences(one: Recording, other: Recording) -> list[int]:
    """Indices of the frames whose pictures differ, by the hash that the engine took before encoding."""
    hashes = {frame.index: frame.pixel_hash for frame in other.frames}
    return [frame.index for frame in one.frames if hashes.get(frame.index) != frame.pixel_hash]
