"""Runs the whole motion half, from sentences to measured graphs; finished steps are skipped, broken ones go on.

    python -m avatarpack.motion.chain --data DATA --pack PACK            # about 75 minutes of processor time
    python -m avatarpack.motion.chain --data DATA --pack PACK --short    # tiny data, minutes: does every step still work?
"""

import argparse
import subprocess
import sys
import time
from pathlib import Path

from avatarpack.requirements import MissingRequirement, require_programs, require_space

MINUTES = {"audio": 25, "motion": 15, "twin": 2, "rollout": 17}
SHORT_MINUTES = {"audio": 0.12, "motion": 0.1, "twin": 0.05, "rollout": 0.08}


def steps(data, pack, short):
    """[(module, arguments)] in order."""
    minutes = SHORT_MINUTES if short else MINUTES
    tiny = ["--short"] if short else []
    corpus, features, tracks = data / "corpus", data / "features", data / "tracks"
    audio, motion, twin, rollout, performer = (data / f"{name}.pt" for name in ("audio", "motion", "twin", "rollout", "performer"))
    forced = ["--tracks", tracks]
    return [
        ("speech.synthesis", ["--out", corpus, *tiny]),
        ("speech.features", ["--corpus", corpus, "--out", features]),
        ("motion.tracks", ["--features", features, "--out", tracks, *tiny]),
        ("motion.train_audio", ["--features", features, "--checkpoint", audio, "--minutes", minutes["audio"]]),
        ("motion.train_motion", [*forced, "--checkpoint", motion, "--minutes", minutes["motion"]]),
        ("motion.train_motion", [*forced, "--checkpoint", twin, "--minutes", minutes["twin"], "--loss", "squared"]),
        ("motion.rollout", [*forced, "--start", motion, "--checkpoint", rollout, "--minutes", minutes["rollout"]]),
        ("motion.calibrate", ["--tracks", tracks, "--audio", audio, "--start", rollout, "--checkpoint", performer]),
        ("motion.export", ["--audio", audio, "--motion", performer, "--out", pack, "--parity", data / "parity"]),
        (
            "motion.evaluate",
            ["--features", features, "--tracks", tracks, "--audio", audio, "--motion", performer, "--twin", twin]
            + ["--json", data / "motion.json", "--table", data / "motion.md"],
        ),
    ]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", required=True, type=Path, help="folder for speech, tracks and checkpoints (2.5 GB)")
    parser.add_argument("--pack", required=True, type=Path, help="folder for the graphs")
    parser.add_argument("--short", action="store_true")
    args = parser.parse_args()
    require_programs("flite", "espeak-ng")
    require_space(args.data, 200 if args.short else 5000)
    for module, arguments in steps(args.data, args.pack, args.short):
        print(f"== {module}", flush=True)
        command = [sys.executable, "-m", f"avatarpack.{module}", *map(str, arguments)]
        started = time.time()
        if subprocess.run(command).returncode != 0:
            raise MissingRequirement(f"step {module} failed, see above; the command was: {' '.join(command[1:])}")
        print(f"   {module}: {time.time() - started:.0f} s", flush=True)


if __name__ == "__main__":
    main()
