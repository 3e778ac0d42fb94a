"""The outside judge, read from Python: a face library of others (`@vladmandic/face-api`, MIT) looks at frames.

It runs in Node, in notebooks/reference-pack/judge, and is fetched there by npm on first use. It judges only: nothing of it
enters the pack or its training.
"""

import json
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import numpy as np

from ..render import png
from ..requirements import MissingRequirement, require_programs, require_space

HOME = Path(__file__).parents[2] / "judge"
MODULES = "AVATARPACK_JUDGE_MODULES"
INSTALLED_MIB = 400


def modules():
    """The folder of the judge's Node packages; installs them on first use. The variable AVATARPACK_JUDGE_MODULES names another."""
    folder = Path(os.environ.get(MODULES) or HOME / "node_modules")
    if not (folder / "@vladmandic/face-api").is_dir():
        require_programs("node", "npm")
        require_space(folder.parent, INSTALLED_MIB)
        if folder.parent.resolve() != HOME.resolve():
            raise MissingRequirement(f'{MODULES} names "{folder}", which has no @vladmandic/face-api; run "npm install" with {HOME / "package.json"} there')
        done = subprocess.run(["npm", "install", "--ignore-scripts", "--no-audit", "--no-fund", "--no-package-lock"], cwd=HOME, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise MissingRequirement(f'the judge could not be installed in "{HOME}" ({done.stderr.strip().splitlines()[-1:]}); let npm reach its registry and start again')
    return folder.resolve()


def look(folder, every=25, stride=1):
    """What the judge sees in a folder of PNG frames: a list of dicts as judge.mjs writes them."""
    packages = modules()
    require_programs("node")
    with tempfile.TemporaryDirectory() as scratch:
        out = Path(scratch) / "seen.json"
        command = ["node", str(HOME / "judge.mjs"), "--out", str(out), "--every", str(every), "--stride", str(stride), str(folder)]
        done = subprocess.run(command, env={**os.environ, MODULES: str(packages)}, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise MissingRequirement(f"the judge failed on {folder}: {(done.stderr.strip().splitlines() or ['no message'])[-1]}")
        return next(iter(json.loads(out.read_text()).values()))


def look_at(frames, every=25):
    """The same for frames uint8 [n, h, w, 3] in memory."""
    scratch = Path(tempfile.mkdtemp())
    try:
        for t, frame in enumerate(frames):
            png.write(scratch / f"{t:05d}.png", frame, level=1)
        return look(scratch, every)
    finally:
        shutil.rmtree(scratch)


def apertures(seen):
    """Distance of the inner lips over that of the eyes, [n]; NaN where no face was found."""
    return np.array([frame.get("aperture", np.nan) for frame in seen])


def contrasts(seen):
    """Deviation of the luminance in both eye boxes, [n, 2]; NaN where no face was found."""
    return np.array([[eye["contrast"] for eye in frame["eyes"]] if "eyes" in frame else [np.nan, np.nan] for frame in seen])


def descriptors(seen):
    """Identity descriptors [m, 128] of the frames that have one."""
    found = [frame["descriptor"] for frame in seen if "descriptor" in frame]
    return np.array(found) if found else np.zeros((0, 128))
