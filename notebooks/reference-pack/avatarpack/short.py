"""Runs the whole recipe on tiny data, in a few minutes: speech, motion, renderer, pictures, aligner, quality table.

    python -m avatarpack.short --work DIR [--mesh MESH]

Without --mesh an egg-shaped stand-in head is rendered. The result talks to nobody and its figures mean nothing; it proves that
every step works with what the one before it made. The outside judge is left out, since it is fetched over the network.
"""

import argparse
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

from .render import standin
from .requirements import MissingRequirement, require_file, require_programs, require_space

PACK = Path(__file__).parents[3] / "operators/src/main/resources/packs/reference"
NEEDED_MIB = 600


def step(module, *arguments):
    """Runs one command of the recipe and stops at the first that fails."""
    print(f"== {module}", flush=True)
    command = [sys.executable, "-m", f"avatarpack.{module}", *map(str, arguments)]
    started = time.time()
    done = subprocess.run(command, env={**os.environ, "OMP_NUM_THREADS": "1"}, check=False)
    if done.returncode != 0:
        raise MissingRequirement(f"step {module} failed, see above; the command was: {' '.join(command[1:])}")
    print(f"   {module}: {time.time() - started:.0f} s", flush=True)


def complete(pack):
    """Adds to the graphs what the committed pack has besides: manifest, texts, bundled portraits and the audio of the proof."""
    require_file(PACK / "pack.yaml", "run this from a whole checkout")
    for path in PACK.rglob("*"):
        if path.is_file() and path.suffix != ".onnx":
            (pack / path.relative_to(PACK)).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(path, pack / path.relative_to(PACK))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--work", required=True, type=Path)
    parser.add_argument("--mesh", type=Path)
    options = parser.parse_args()
    require_programs("flite", "espeak-ng", "gcc")
    require_space(options.work, NEEDED_MIB)
    started, work = time.time(), options.work
    mesh, pack, aligner = options.mesh or work / "standin.npz", work / "pack", work / "aligner"
    if options.mesh is None:
        step("render.standin", "--out", mesh)
    step("motion.chain", "--data", work / "speech", "--pack", pack, "--short")
    step("visual.short", "--work", work, "--mesh", mesh, "--minutes", 0.1)
    step("aligner.heads", "--mesh", mesh, "--out", aligner / "heads", "--people", 2, "--poses", 4)
    step("aligner.train", "--heads", aligner / "heads", "--runs", aligner / "runs", "--minutes", 0.08)
    step("aligner.export", "--runs", aligner / "runs", "--out", pack)
    step("aligner.evaluate", "--heads", aligner / "heads", "--runs", aligner / "runs", "--pictures", 16)
    complete(pack)
    step("halve", pack)
    step("quality", "--mesh", mesh, "--corpus", work / "speech/corpus", "--pack", pack, "--out", work / "quality", "--short", "--without-judge")
    print(f"the whole recipe on tiny data: {time.time() - started:.0f} s")


if __name__ == "__main__":
    main()
