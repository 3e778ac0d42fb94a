"""The motion stage as the engine drives it, in torch: for evaluation, and to say in code what the manifest says."""

from dataclasses import dataclass

import torch

from avatarpack.motion.audio_net import BLOCK
from avatarpack.motion.audio_net import STATE as MOUTH_STATE
from avatarpack.motion.diffusion import NOISE, ORDER, SIZE, WIDTH, ancestral
from avatarpack.motion.graphs import OUTPUT
from avatarpack.motion.hearing import STATE as VOICE_STATE
from avatarpack.motion.teacher import CHANNELS


@dataclass(frozen=True)
class Settings:
    """Parameters of one run over all tracks. `override` and `mask` are [frames, 32] or None."""

    guidance: float = 1.0
    seed: int = 1
    expression: tuple = (0.0, 0.0)
    smoothing: float = 0.0
    override: torch.Tensor | None = None
    mask: torch.Tensor | None = None


class _Draws:
    """Noise for several runs of the same tracks: runs of equal seed get equal noise."""

    def __init__(self, runs, tracks):
        self.generators = [torch.Generator().manual_seed(run.seed) for run in runs]
        self.tracks = tracks

    def normal(self, width):
        return torch.cat([torch.randn(self.tracks, width, generator=g) for g in self.generators])

    def uniform(self, width):
        return torch.cat([torch.rand(self.tracks, width, generator=g) for g in self.generators])


def initial_state(batch):
    shapes = {
        "mouth_h": (MOUTH_STATE,),
        "motion_h": (WIDTH,),
        "motion_h_null": (WIDTH,),
        "voice_h": (VOICE_STATE,),
        "motion_prev": (SIZE,),
        "motion_past": (ORDER, len(CHANNELS)),
        "blink_state": (2,),
        "smooth_past": (OUTPUT,),
    }
    return {name: torch.zeros(batch, *shape) for name, shape in shapes.items()}


def draw_block(denoiser, cond, cond_null, steps, guidance, draws):
    """The sampler: ancestral steps from pure noise, guided; guidance [B, 1]. No steps means the regression twin."""
    batch = len(cond)
    if steps == 0:
        return denoiser(torch.zeros(batch, SIZE), torch.ones(batch), cond, torch.zeros(batch, NOISE))
    noisy = draws.normal(SIZE)
    times = torch.linspace(1, 0, steps + 1)
    for now, then in zip(times, times[1:]):
        noise, at = draws.normal(NOISE), now.expand(batch)
        clean = denoiser(noisy, at, cond, noise)
        if (guidance != 1).any():
            free = denoiser(noisy, at, cond_null, noise)
            clean = free + guidance * (clean - free)
        if then > 0:
            noisy = ancestral(noisy, clean, now, then, draws.normal(SIZE))
    return clean


@torch.no_grad()
def free_runs(modules, mel, energy, runs, steps=2):
    """Every run over all tracks in one batch: mel [T, F + 2, 160], energy [T, F + 2].

    Yields for each run the motion [T, F, 32] and the process [T, F, 13]: the world-gaze view of the same motion in the
    teacher's units, before expression and smoothing.
    """
    tracks, frames = len(mel), mel.shape[1] - BLOCK
    batch, draws = len(runs) * tracks, _Draws(runs, tracks)

    def spread(values):
        return torch.as_tensor(values, dtype=torch.float32).repeat_interleave(tracks, 0)

    guidance, smoothing = spread([[r.guidance] for r in runs]), spread([r.smoothing for r in runs])
    expression = spread([r.expression for r in runs])
    none = torch.zeros(frames, OUTPUT)
    override = torch.stack([none if r.override is None else r.override for r in runs])
    mask = torch.stack([none if r.mask is None else r.mask for r in runs])
    normalizer = modules["motion_assemble"].normalizer
    state, motion, process = initial_state(batch), [], []
    for at in range(0, frames - 1, BLOCK):
        window = mel[:, at : at + 4].float().repeat(len(runs), 1, 1)
        loud = energy[:, at : at + 4].repeat(len(runs), 1)
        mouth, state["mouth_h"] = modules["audio_motion"](window, state["mouth_h"])
        cond, cond_null, blink, gaze, speech, state["motion_h"], state["motion_h_null"], state["voice_h"] = modules[
            "motion_context"
        ](window, loud, state["motion_prev"], state["motion_h"], state["motion_h_null"], state["voice_h"])
        clean = draw_block(modules["motion_denoiser"], cond, cond_null, steps, guidance, draws)
        out, state["motion_past"], state["motion_prev"], state["blink_state"], state["smooth_past"] = modules[
            "motion_assemble"
        ](
            clean,
            mouth,
            speech,
            blink,
            gaze,
            draws.uniform(2),
            draws.uniform(1),
            state["motion_past"],
            state["blink_state"],
            state["smooth_past"],
            expression,
            smoothing,
            spread(override[:, at : at + BLOCK]),
            spread(mask[:, at : at + BLOCK]),
        )
        motion.append(out)
        standard = state["motion_prev"].unflatten(1, (BLOCK, len(CHANNELS)))
        process.append(standard * normalizer.deviation + normalizer.mean)
    motion, process = torch.cat(motion, 1).numpy(), torch.cat(process, 1).numpy()
    for run in range(len(runs)):
        rows = slice(run * tracks, (run + 1) * tracks)
        yield motion[rows], process[rows]
