"""Runs the whole visual chain on tiny data in about a minute and a half: render, fit, train, tune, export, evaluate.

    python -m avatarpack.visual.short --work DIR [--mesh MESH]

Without --mesh it uses the egg-shaped stand-in head. The result talks to nobody; it proves that the chain holds together.
"""

import argparse
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

from ..render import standin


def step(module, *arguments):
    """Runs one command of the chain and stops at the first that fails."""
    print(f"== {module} {' '.join(map(str, arguments))}", flush=True)
    started = time.time()
    done = subprocess.run([sys.executable, "-m", f"avatarpack.visual.{module}", *map(str, arguments)], env={**os.environ, "OMP_NUM_THREADS": "1"}, check=False)
    if done.returncode != 0:
        raise SystemExit(done.returncode)
    print(f"   {module}: {time.time() - started:.0f} s", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--work", required=True, type=Path)
    parser.add_argument("--mesh", type=Path)
    parser.add_argument("--minutes", type=float, default=0.25, help="training time of the decoder and of the denoiser")
    options = parser.parse_args()
    work = options.work
    work.mkdir(parents=True, exist_ok=True)
    mesh = options.mesh
    if mesh is None:
        mesh = work / "standin.npz"
        subprocess.run([sys.executable, "-m", standin.__name__, "--out", str(mesh)], check=True)
    train, test, runs, base = work / "train", work / "test", work / "runs", work / "base.npz"
    step("dataset", "--mesh", mesh, "--out", train, "--people", 4, "--shard", 2, "--clips", 1, "--frames", 12)
    step("dataset", "--mesh", mesh, "--out", test, "--first", 200000, "--people", 1, "--clips", 1, "--frames", 12, "--plain")
    step("base", "--data", train, "--out", base)
    learn = ("--data", train, "--runs", runs)
    step("train_decoder", *learn, "--minutes", options.minutes)
    step("train_plan", *learn, "--base", base, "--minutes", options.minutes / 3)
    step("train_denoiser", *learn, "--base", base, "--minutes", options.minutes, "--rollout", options.minutes / 2)
    step("train_refiner", *learn, "--base", base, "--minutes", options.minutes / 3)
    step("train_details", *learn, "--base", base, "--minutes", options.minutes / 3)
    step("train_joint", *learn, "--base", base, "--minutes", options.minutes / 3)
    curve = work / "curve"
    curve.mkdir(exist_ok=True)
    shutil.copy(runs / "plan.pt", curve)
    step("curve", "--data", train, "--runs", curve, "--base", base, "--test", test, "--pictures", runs, "--at", 0, 0.05, "--frames", 4)
    step("export", *learn, "--base", base, "--out", work / "pack")
    step("evaluate", "--runs", runs, "--base", base, "--data", test, "--frames", 12, "--variants", "still,exact,base,steps2", "--drift", 2, "--json", work / "visual.json", "--sheet", work / "sheet.png")


if __name__ == "__main__":
    main()
