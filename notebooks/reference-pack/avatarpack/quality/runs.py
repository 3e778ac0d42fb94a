"""Generated frames of the clips, made once by the graphs and kept, and what the judge saw in them."""

import json
from pathlib import Path

import numpy as np

from .. import judge
from ..requirements import require_space
from ..render.scene import SIZE
from .engine import Session, Settings, Stream

TRACK, AUDIO, ONE_STEP, FOUR_STEPS, BASE = "track", "audio", "track-one-step", "track-four-steps", "track-base"
VARIANTS = {
    TRACK: (True, Settings()),
    AUDIO: (False, Settings()),
    ONE_STEP: (True, Settings(steps=1)),
    FOUR_STEPS: (True, Settings(steps=4)),
    BASE: (True, Settings(base_only=True)),
}
SEED = 11


class Runs:
    """The frames of variants of clips, cached in a folder by the graphs' digest."""

    def __init__(self, pack, folder, references):
        self.pack, self.references = pack, references
        self.folder = Path(folder) / f"runs-{pack.graphs_digest()[:12]}"

    def frames(self, variant, clips, shown=None):
        """List of frames [n, 256, 256, 3], one for each clip, mapped from the disk; makes the missing ones in one batch.

        shown: ascending numbers of the only frames that are drawn and kept, for runs of which the ends are looked at."""
        with_track, settings = VARIANTS[variant]
        paths = [self.folder / f"{variant}-{clip.name()}.npy" for clip in clips]
        missing = [i for i, path in enumerate(paths) if not path.exists()]
        if missing:
            self.folder.mkdir(parents=True, exist_ok=True)
            require_space(self.folder, len(missing) * len(shown or clips[0].motion) * SIZE * SIZE * 3 // 2**20 + 16)
            sessions = [Session(self.references[clips[i].seed], clips[i].audio, SEED + clips[i].number, clips[i].motion if with_track else None) for i in missing]
            made = self._run(sessions, settings, [paths[i].with_suffix(".part") for i in missing], shown or range(len(clips[0].motion)))
            for i, motion in zip(missing, made):
                np.save(paths[i].with_suffix(".motion.npy"), motion)
                paths[i].with_suffix(".part").replace(paths[i])
            print(f"{variant}: made {len(missing)} clips", flush=True)
        return [np.load(path, mmap_mode="r") for path in paths]

    def _run(self, sessions, settings, scratches, shown):
        place = {t: k for k, t in enumerate(shown)}
        sinks = [np.lib.format.open_memmap(scratch, "w+", np.uint8, (len(place), SIZE, SIZE, 3)) for scratch in scratches]
        motion = []
        for first, values in Stream(self.pack, sessions, settings).blocks(place):
            motion.append(values["motion"])
            for t in range(first, first + values["motion"].shape[1]):
                if t in place:
                    for sink, frames in zip(sinks, values["frames"]):
                        sink[place[t]] = frames[t - first]
        for sink in sinks:
            sink.flush()
        return np.concatenate(motion, 1)

    def motion(self, variant, clip):
        """Motion [frames, 32] that the pack emitted."""
        return np.load(self.folder / f"{variant}-{clip.name()}.motion.npy")

    def seen(self, variant, clip):
        """What the judge sees in a clip's frames, cached."""
        path = self.folder / f"{variant}-{clip.name()}.seen.json"
        if not path.exists():
            (frames,) = self.frames(variant, [clip])
            scratch = path.with_suffix(".part")
            scratch.write_text(json.dumps(judge.look_at(frames)))
            scratch.replace(path)
        return json.loads(path.read_text())
