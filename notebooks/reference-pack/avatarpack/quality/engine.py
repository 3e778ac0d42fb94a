"""The engine's block loop over a pack's graphs, written a second time from the manifest: ONNX Runtime and numpy.

Interprets the stages of pack.yaml as the engine does: features, noise by address, samplers, guidance, warp initialisation,
blending, state. Sessions run together as one batch; each has its own seed. Results agree with the engine's up to rounding.
"""

import hashlib
import math
import struct
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from ..requirements import MissingRequirement, require_file
from ..speech.logmel import FRAME, energy, log_mel

WORD = np.uint64(0xFFFFFFFF)
SILENCE_DECIBEL, SPEECH_DECIBEL = -55.0, -30.0


@dataclass(frozen=True)
class Settings:
    """Session parameters; None means the pack's default."""

    steps: int | None = None
    motion_steps: int | None = None
    sampler: str | None = None
    motion_sampler: str | None = None
    schedule: str | None = None
    guidance: float | None = None
    identity_strength: float | None = None
    temporal_weight: float | None = None
    smoothing: float | None = None
    expression: tuple = (0.0, 0.0)
    base_only: bool = False  # replaces the denoised latent by zero: what the motion base alone would show


@dataclass
class Session:
    """One session: its picture, its speech, its seed, and a motion track [frames, 32] that overrides the pack's own."""

    image: np.ndarray
    audio: np.ndarray
    seed: int
    track: np.ndarray | None = None
    noise_key: str = field(default="", repr=False)


class Noise:
    """The engine's addressed noise, a whole tensor at a time; the description is in avatarpack.noise."""

    def __init__(self, key, seed):
        self.key = int.from_bytes(hashlib.sha256(key.encode() + struct.pack(">q", seed)).digest()[:8], "big")

    def _words(self, stage, tensor, block, step, count):
        quads = np.arange((count + 3) // 4, dtype=np.uint64)
        stage_id = int.from_bytes(hashlib.sha256(stage.encode()).digest()[:2], "big")
        tensor_id = int.from_bytes(hashlib.sha256(tensor.encode()).digest()[:4], "big")
        c = [quads | np.uint64(step << 24), np.full_like(quads, block & 0xFFFFFFFF), np.full_like(quads, block >> 32 | stage_id << 16), np.full_like(quads, tensor_id)]
        k = [np.uint64(self.key & 0xFFFFFFFF), np.uint64(self.key >> 32)]
        for _ in range(10):
            p0, p1 = np.uint64(0xD2511F53) * c[0], np.uint64(0xCD9E8D57) * c[2]
            high = np.uint64(32)
            c = [(p1 >> high) ^ c[1] ^ k[0], p1 & WORD, (p0 >> high) ^ c[3] ^ k[1], p0 & WORD]
            k = [(k[0] + np.uint64(0x9E3779B9)) & WORD, (k[1] + np.uint64(0xBB67AE85)) & WORD]
        return np.stack(c, 1)

    def uniform(self, stage, tensor, block, step, shape):
        count = math.prod(shape)
        words = self._words(stage, tensor, block, step, count).ravel()[:count]
        return (((words >> np.uint64(9)).astype(np.float64) + 0.5) / 2**23).astype(np.float32).reshape(shape)

    def normal(self, stage, tensor, block, step, shape):
        count = math.prod(shape)
        u = (self._words(stage, tensor, block, step, count).astype(np.float64) + 0.5) / 2**32
        radius, angle = np.sqrt(-2 * np.log(u[:, 0::2])), 2 * np.pi * u[:, 1::2]
        out = np.stack([radius * np.cos(angle), radius * np.sin(angle)], -1)
        return out.astype(np.float32).ravel()[:count].reshape(shape)


class Grid:
    """Times of a sampler run with the weights of signal and noise."""

    def __init__(self, schedule, start, steps):
        self.steps = steps
        self.time = [start * (steps - i) / steps for i in range(steps + 1)]
        if schedule == "cosine":
            self.alpha = [max(0.0, math.cos(math.pi / 2 * t)) for t in self.time]
            self.sigma = [math.sin(math.pi / 2 * t) for t in self.time]
        else:
            log = [-0.25 * t * t * 19.9 - 0.05 * t for t in self.time]
            self.alpha = [math.exp(v) for v in log]
            self.sigma = [math.sqrt(-math.expm1(2 * v)) for v in log]


def update(sampler, grid, i):
    """Weights of (sample, clean, clean before, noise) of step i; the last step gives the clean sample itself."""
    if i == grid.steps - 1:
        return 0.0, 1.0, 0.0, 0.0
    a0, a1, s0, s1 = grid.alpha[i], grid.alpha[i + 1], grid.sigma[i], grid.sigma[i + 1]
    ratio = s1 / s0
    if sampler == "ddim":
        return ratio, a1 - ratio * a0, 0.0, 0.0
    if sampler == "ddpm":
        step = s0 * s0 - (a0 / a1) ** 2 * s1 * s1
        return a0 / a1 * s1 * s1 / (s0 * s0), a1 * step / (s0 * s0), 0.0, math.sqrt(step * s1 * s1 / (s0 * s0))
    if sampler == "euler":
        turn = math.atan2(s1, a1) - math.atan2(s0, a0)
        return 1 + turn * a0 / s0, -turn / s0, 0.0, 0.0
    if sampler == "lcm":
        return 0.0, a1, 0.0, s1
    if sampler != "dpmpp-2m":
        raise MissingRequirement(f'sampler "{sampler}" is not known; use ddpm, ddim, euler, dpmpp-2m or lcm')
    clean = a1 - ratio * a0
    if i == 0:
        return ratio, clean, 0.0, 0.0
    lam = [math.log(max(a, 1e-300)) - math.log(s) for a, s in zip(grid.alpha[i - 1 : i + 2], grid.sigma[i - 1 : i + 2])]
    more = 0.5 * (lam[2] - lam[1]) / (lam[1] - lam[0])
    return ratio, clean * (1 + more), -clean * more, 0.0


def warp(latent, flow):
    """Latents [b, c, h, w] seen from flow [b, 2, h, w], bilinear, clamped to the border."""
    b, _, h, w = latent.shape
    y, x = np.mgrid[0:h, 0:w].astype(np.float32)
    sx, sy = np.clip(x + flow[:, 0], 0, w - 1), np.clip(y + flow[:, 1], 0, h - 1)
    left, top = sx.astype(int), sy.astype(int)
    right, below = np.minimum(left + 1, w - 1), np.minimum(top + 1, h - 1)
    u, v, row = (sx - left)[:, None], (sy - top)[:, None], np.arange(b)[:, None, None]

    def at(j, i):
        return latent.transpose(0, 2, 3, 1)[row, j, i].transpose(0, 3, 1, 2)

    upper, lower = at(top, left), at(below, left)
    upper, lower = upper + u * (at(top, right) - upper), lower + u * (at(below, right) - lower)
    return upper + v * (lower - upper)


def speech_activity(rms):
    """0 in silence to 1 in speech, smooth between -55 and -30 dB."""
    decibel = 20 * np.log10(np.maximum(rms, 1e-30))
    cut = np.clip((decibel - SILENCE_DECIBEL) / (SPEECH_DECIBEL - SILENCE_DECIBEL), 0, 1)
    return cut * cut * (3 - 2 * cut)


class Pack:
    """A pack's manifest and its graphs in ONNX Runtime, one thread each."""

    def __init__(self, folder):
        try:
            import onnxruntime
            import yaml
        except ImportError as error:
            raise MissingRequirement(f'Python module "{error.name}" is missing; install it with "pip install onnxruntime pyyaml"') from error
        self.folder = Path(folder)
        text = require_file(self.folder / "pack.yaml", "give --pack the folder of a pack").read_bytes()
        self.manifest = yaml.safe_load(text)
        self.digest = hashlib.sha256(text).hexdigest()
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        self.graphs = {}
        for name, graph in self.manifest["graphs"].items():
            path = require_file(self.folder / graph["file"], "the manifest names it")
            self.graphs[name] = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
        self.frames = self.manifest["clock"]["framesPerBlock"]
        self.look_ahead = self.manifest["audio"]["lookAheadFrames"]

    def graphs_digest(self):
        """One hash of the graphs and of the program, but not of texts or proofs: what generated frames depend on."""
        hashed = hashlib.sha256()
        for name in sorted(self.manifest["graphs"]):
            hashed.update((self.folder / self.manifest["graphs"][name]["file"]).read_bytes())
        program = {k: v for k, v in self.manifest.items() if k not in ("files", "proof", "description", "version")}
        hashed.update(repr(program).encode())
        return hashed.hexdigest()

    def weights_mebibytes(self):
        """Bytes of all graphs, in MB of 1,000,000."""
        return sum((self.folder / g["file"]).stat().st_size for g in self.manifest["graphs"].values()) / 1e6

    def run(self, name, inputs):
        """Outputs by name."""
        graph = self.manifest["graphs"][name]
        outputs = list(graph["outputs"])
        return dict(zip(outputs, self.graphs[name].run(outputs, {k: inputs[k] for k in graph["inputs"]})))


class Stream:
    """Sessions of equal length side by side; iterate blocks() for their frames."""

    def __init__(self, pack, sessions, settings=Settings()):
        self.pack, self.sessions, self.settings = pack, sessions, settings
        m = pack.manifest
        defaults = {k: v["default"] for k, v in m["parameters"].items()}
        self.parameters = {
            key: defaults[key] if own is None else own
            for key, own in (
                ("steps", settings.steps),
                ("motionSteps", settings.motion_steps),
                ("sampler", settings.sampler),
                ("motionSampler", settings.motion_sampler),
                ("schedule", settings.schedule),
                ("guidance", settings.guidance),
                ("identityStrength", settings.identity_strength),
                ("temporalWeight", settings.temporal_weight),
                ("smoothing", settings.smoothing),
            )
        }
        self.batch = len(sessions)
        # The card is part of the pack: with the pack's own digest, writing the figures into it would change them.
        key = pack.graphs_digest()
        self.noise = [Noise(s.noise_key or key, s.seed) for s in sessions]
        self.state = {}
        for name, spec in m["states"].items():
            kind = np.float16 if spec["type"] == "float16" else np.float32
            fill = spec["init"]["fill"] if isinstance(spec["init"], dict) else 0
            self.state[f"state.{name}"] = np.full((self.batch, *spec["shape"]), fill, kind)
        self.blended = None
        self.derived = {"identity.image": np.stack([s.image for s in sessions])}
        for step in m["derived"]:
            made = pack.run(step["graph"], {k: self.derived[v] for k, v in step["in"].items()})
            self.derived.update({f"derived.{k}": v for k, v in made.items()})
        self.frames = -(-len(sessions[0].audio) // FRAME)
        heard = self.frames + self.frames % pack.frames + pack.look_ahead
        self.mel = np.stack([log_mel(s.audio, heard).reshape(heard, -1) for s in sessions]).astype(np.float32)
        self.energy = np.stack([energy(s.audio, heard) for s in sessions]).astype(np.float32)

    def _draw(self, stage, name, block, step=0):
        spec = self.pack.manifest["noise"][name]
        return np.stack([getattr(n, spec["distribution"])(stage, name, block, step, tuple(spec["shape"])) for n in self.noise])

    def _parameters(self, block):
        size, p = self.pack.frames, self.parameters
        track, mask = np.zeros((self.batch, size, 32), np.float32), np.zeros((self.batch, size, 32), np.float32)
        for i, session in enumerate(self.sessions):
            if session.track is not None:
                part = session.track[block * size : (block + 1) * size]
                track[i, : len(part)], mask[i, : len(part)] = part, 1
        scalars = {k: np.full(self.batch, p[k], np.float32) for k in ("guidance", "identityStrength", "temporalWeight", "smoothing")}
        scalars["expression"] = np.tile(np.float32(self.settings.expression), (self.batch, 1))
        return {f"param.{k}": v for k, v in {**scalars, "override": track, "overrideMask": mask}.items()}

    def _sample(self, stage, step, block, values):
        motion = step["role"] == "motion"
        p, graph = self.parameters, self.pack.manifest["graphs"][step["graph"]]
        grid = Grid(p["schedule"], step["startTime"], p["motionSteps" if motion else "steps"])
        sampler = p["motionSampler" if motion else "sampler"]
        shape = tuple(graph["inputs"][step["noisy"]]["shape"][1:])

        def noise(which, index):
            return np.stack([n.normal(stage, f"{step['out']}/{which}", block, index, shape) for n in self.noise])

        sample = noise("start", 0)
        if "warpInit" in step:
            flow, previous = values[step["warpInit"]["flow"]], values[step["warpInit"]["previous"]]
            warped = np.stack([warp(previous, flow[:, t]) for t in range(shape[0])], 1)
            sample = np.float32(grid.alpha[0]) * warped + np.float32(grid.sigma[0]) * sample
        before = None
        for i in range(grid.steps):
            drawn = {k: self._draw(stage, v[6:], block, i) for k, v in step["in"].items() if v.startswith("noise.")}
            given = {k: values[v] for k, v in step["in"].items() if not v.startswith("noise.")}
            rows = {**given, **drawn, step["noisy"]: sample.astype(np.float32), step["time"]: np.full(self.batch, grid.time[i], np.float32)}
            clean = self.pack.run(step["graph"], rows)[step["prediction"]]
            if "guidance" in step and p["guidance"] != 1:
                free = self.pack.run(step["graph"], {**rows, **{k: values[v] for k, v in step["guidance"]["in"].items()}})[step["prediction"]]
                clean = free + np.float32(p["guidance"]) * (clean - free)
            a, b, c, d = (np.float32(v) for v in update(sampler, grid, i))
            sample = a * sample + b * clean if i < grid.steps - 1 else clean
            if c:
                sample = sample + c * before
            if d:
                sample = sample + d * noise("bridge", i)
            before = clean
        return sample

    def _blend(self, step, values):
        latent, p = values[step["tensor"]].copy(), self.parameters
        for t in range(latent.shape[1]):
            if self.blended is not None:
                activity = speech_activity(values["features.energy"][:, t])
                h = (p["temporalWeight"] * step["maxHistory"] * (1 - step["audioSensitivity"] * activity)).astype(np.float32).reshape(-1, 1, 1, 1)
                latent[:, t] = (1 - h) * latent[:, t] + h * self.blended
            self.blended = latent[:, t].copy()
        return latent

    def block(self, index, render=True):
        """Everything that one block makes, by name: `frames` uint8 [b, n, h, w, 3] and `motion` [b, n, 32] among it.

        Without `render` the stage that makes pictures is left out, which nothing later depends on."""
        size, ahead = self.pack.frames, self.pack.look_ahead
        window = slice(index * size, index * size + size + ahead)
        values = {"features.mel": self.mel[:, window], "features.energy": self.energy[:, window], **self._parameters(index), **self.derived, **self.state}
        states = {}
        for stage, steps in self.pack.manifest["stages"].items():
            for step in steps if render or stage != "render" else ():
                if "blend" in step:
                    values[step["blend"]["tensor"]] = self._blend(step["blend"], values)
                elif "sample" in step:
                    values[step["sample"]["out"]] = self._sample(stage, step["sample"], index, values)
                else:
                    given = {k: self._draw(stage, v[6:], index) if v.startswith("noise.") else values[v] for k, v in step["in"].items()}
                    made = self.pack.run(step["graph"], given)
                    for output, name in step["out"].items():
                        (states if name.startswith("state.") else values)[name] = made[output]
            if stage == "denoise" and self.settings.base_only:
                values["latent"] = np.zeros_like(values["latent"])
        self.state.update(states)
        return values

    def blocks(self, shown=None):
        """(first frame, values) of every block; only frames in the set `shown` need pictures, None means all."""
        for index in range(-(-self.frames // self.pack.frames)):
            first = index * self.pack.frames
            yield first, self.block(index, shown is None or any(first + k in shown for k in range(self.pack.frames)))


