"""Runs the avatarflow command of this repository and gives back what it wrote."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
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


@contextmanager
def cell(folder: Path, *options: object) -> Iterator[str]:
    """A cell of processes on this machine, as docker/local-cluster.sh starts it; gives the address of its broker."""
    run("--version")  # builds where that is needed, and not under a running cell
    script = [str(REPOSITORY / "docker" / "local-cluster.sh"), "--state", str(folder), "--free-ports"]
    up = subprocess.run([*script, "up", *map(str, options)], capture_output=True, text=True)
    if up.returncode != 0:
        raise RuntimeError((up.stderr.strip() or up.stdout.strip()).splitlines()[-1])
    try:
        yield next(line.split("=", 1)[1] for line in up.stdout.split() if line.startswith("bootstrap="))
    finally:
        subprocess.run([*script, "down"], check=True, capture_output=True)


def speak(bootstrap: str, *options: object, hang: tuple[float, float] = (0, 0)) -> str:
    """Runs ``avatarflow speak``. The speaker hangs for ``hang[1]`` seconds when it has spoken for ``hang[0]``, as one whose
    network is gone for a moment."""
    command = [str(REPOSITORY / "avatarflow"), "speak", "--bootstrap", bootstrap, *map(str, options)]
    with subprocess.Popen(command, cwd=REPOSITORY, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as speaker:
        first = speaker.stderr.readline()
        if hang[1] and speaker.poll() is None:
            time.sleep(hang[0])
            speaker.send_signal(signal.SIGSTOP)
            time.sleep(hang[1])
            speaker.send_signal(signal.SIGCONT)
        out, errors = speaker.communicate()
        if speaker.returncode != 0:
            raise RuntimeError(out + first + errors)
        return out


def replay(*options: object) -> str:
    """Runs ``avatarflow replay`` and returns what it printed, also where --verify found differences."""
    command = [str(REPOSITORY / "avatarflow"), "replay", *map(str, options)]
    done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True)
    if done.returncode != 0 and "recorded pictures are equal" not in done.stdout:
        raise RuntimeError((done.stderr.strip() or done.stdout.strip()).splitlines()[-1])
    return done.stdout


def changed_pack(folder: Path, name: str, before: str, after: str) -> Path:
    """A copy of a bundled pack in which one piece of the manifest says something else, sealed anew."""
    shutil.copytree(REPOSITORY / "operators/src/main/resources/packs" / name, folder)
    manifest = (folder / "pack.yaml").read_text()
    if manifest.count(before) != 1:
        raise ValueError(f"the manifest of {name} has {manifest.count(before)} times \"{before}\", not once")
    (folder / "pack.yaml").write_text(manifest.replace(before, after))
    run("pack", "seal", folder)
    return folder
