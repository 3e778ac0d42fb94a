"""Runs the avatarflow command of this repository and gives back what it wrote."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]


def short() -> bool:
    """True when notebooks are executed to see that they work, with little data."""
    return os.environ.get("AVATARNOTES_SHORT", "") == "1"


def run(*arguments: object) -> str:
    """Runs ``avatarflow ARGUMENTS`` and returns what it printed; an error carries the engine's own sentence."""
    command = [str(REPOSITORY / "avatarflow"), *map(str, arguments)]
    done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True)
    if done.returncode != 0:
        raise RuntimeError((done.stderr.strip() or done.stdout.strip()).splitlines()[-1])
    return done.stdout


def render(folder: Path, *options: object) -> tuple[dict, Path]:
    """Renders the bundled sample at the speed of speech; the report, and the recording of all frames and marks."""
    folder.mkdir(parents=True, exist_ok=True)
    report, recording = folder / "report.json", folder / "recording.avro"
    run("render", "--out", folder / "out.mp4", "--report", report, "--record", recording, *options)
    return json.loads(report.read_text()), recording


def bench(file: Path, *options: object) -> dict[str, float]:
    """Runs ``avatarflow bench OPTIONS`` and returns its measures by their dotted ids."""
    run("bench", *options, "--json", file)
    return measures(file)


def measures(file: Path) -> dict[str, float]:
    """The results of a benchmark's file by their dotted ids."""
    return {result["measure"]: result["value"] for result in json.loads(Path(file).read_text())["results"]}
