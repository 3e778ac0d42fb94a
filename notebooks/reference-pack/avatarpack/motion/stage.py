"""The motion stage as the engine drives it, in torch: for evaluation, and to say in code what the manifest says."""

from dataclasses import dataclass, field

import torch

from avatarpack.motion.audio_net import BLOCK, STATE as MOUTH_STATE
from avatarpack.motion.diffusion import NOISE, ORDER, SIZE, WIDTH, ancestral
from avatarpack.motion.graphs import OUTPUT
from avatarpack.motion.hearing import STATE as VOICE_STATE
from avatarpack.motion.teacher import CHANNELS


@dataclass
class Settings:
    """Parameters of a run, the same for all sessions of the batch. `override` and `mask` are [frames, 32] or None."""

    steps: int = 2
    guidance: float = 1.0
    seed: int = 1
    expression: tuple = (0.0, 0.0)
    smoothing: float = 0.0
    override: torch.Tensor | None = None
    mask: torch.Tensor | None = None
    regression: bool = False


@dataclass
class States:
    batch: int
    tensors: dict = field(default_factory=dict)

    def __post_init__(self):
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
        self.tensors = {name: torch.zeros(self.batch, *shape) for name, shape in shapes.items()}


def draw_block(denoiser, cond, cond_null, settings, generator):
    """The sampler: ancestral steps from pure noise, guided. The regression twin gets no noise at all."""
    batch = len(cond)
    if settings.regression:
        return denoiser(torch.zeros(batch, SIZE), torch.ones(batch), cond, torch.zeros(batch, NOISE))
    noisy = torch.randn(batch, SIZE, generator=generator)
    times = torch.linspace(1, 0, settings.steps + 1)
    for now, then in zip(times, times[1:]):
        noise, at = torch.randn(batch, NOISE, generator=generator), now.expand(batch)
        clean = denoiser(noisy, at, cond, noise)
        if settings.guidance != 1:
            free = denoiser(noisy, at, cond_null, noise)
            clean = free + settings.guidance * (clean - free)
        if then > 0:
            noisy = ancestral(noisy, clean, now, then, torch.randn(batch, SIZE, generator=generator))
    return clean


@torch.no_grad()
def free_run(modules, mel, energy, settings):
    """Runs whole tracks: mel [B, F + 2, 160], energy [B, F + 2] -> motion [B, F, 32] and the process [B, F, 13].

    The process is the world-gaze view of the same motion, in the teacher's units, before expression and smoothing.
    """
    batch, frames = len(mel), mel.shape[1] - BLOCK
    state = States(batch).tensors
    generator = torch.Generator().manual_seed(settings.seed)
    normalizer = modules["motion_assemble"].normalizer
    expression = torch.tensor([settings.expression]).expand(batch, 2)
    smoothing = torch.full((batch,), float(settings.smoothing))
    override = torch.zeros(frames, OUTPUT) if settings.override is None else settings.override
    mask = torch.zeros(frames, OUTPUT) if settings.mask is None else settings.mask
    motion, process = [], []
    for at in range(0, frames - 1, BLOCK):
        window, loud = mel[:, at : at + 4].float(), energy[:, at : at + 4]
        mouth, state["mouth_h"] = modules["audio_motion"](window, state["mouth_h"])
        cond, cond_null, blink, gaze, speech, state["motion_h"], state["motion_h_null"], state["voice_h"] = modules[
            "motion_context"
        ](window, loud, state["motion_prev"], state["motion_h"], state["motion_h_null"], state["voice_h"])
        clean = draw_block(modules["motion_denoiser"], cond, cond_null, settings, generator)
        out, state["motion_past"], state["motion_prev"], state["blink_state"], state["smooth_past"] = modules[
            "motion_assemble"
        ](
            clean,
            mouth,
            speech,
            blink,
            gaze,
            torch.rand(batch, 2, generator=generator),
            torch.rand(batch, 1, generator=generator),
            state["motion_past"],
            state["blink_state"],
            state["smooth_past"],
            expression,
            smoothing,
            override[at : at + BLOCK].expand(batch, -1, -1),
            mask[at : at + BLOCK].expand(batch, -1, -1),
        )
        motion.append(out)
        standard = state["motion_prev"].unflatten(1, (BLOCK, len(CHANNELS)))
        process.append(standard * normalizer.deviation + normalizer.mean)
    return torch.cat(motion, 1), torch.cat(process, 1)
