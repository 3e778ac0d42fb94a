"""Exports the low-latency pack: blocks of one frame with one frame of look-ahead, 80 ms from sound to picture by construction.

    python -m avatarpack.low_latency --audio DATA/audio-short.pt --motion DATA/performer.pt \\
        --data DATA/train --runs DATA/runs --base DATA/base.npz --out PACK

Only the mouth has a network of its own (motion.train_audio --block 1 --look-ahead 1), since only lips cannot be late. The
others are those of the reference pack, which work in pairs of frames. The denoiser is shown the frame before beside the new
one, noised alike. The performance is drawn at every second frame for two frames, from sound that is two frames old: a nod may
come 80 ms later.
"""

import argparse
from pathlib import Path

import torch
from torch import nn

from .halve import halve
from .motion.audio_net import MEL, STATE, AudioMotion, AudioMotionStep
from .motion.diffusion import NOISE, ORDER, SIZE, WIDTH, MotionModel
from .motion.graphs import OUTPUT, MotionAssemble, MotionContext, MotionDenoiser
from .motion.teacher import CHANNELS
from .motion.training import averaged
from .requirements import require_file, require_space
from .visual import export, stream
from .visual.denoiser import CONTEXT, ID_DEN
from .visual.layers import MotionRange
from .visual.schedule import signal, times, to_time

PENDING = len(CHANNELS) + 4  # of the second frame: process, lid closure, blink state, loudness


def choose(first, second, phase):
    """`first` where phase [B, 1] is 0, `second` where it is 1."""
    return first * (1 - phase) + second * phase


class SingleContext(nn.Module):
    """Hearing and memory; they advance at phase 0 only, over the two frames before and the two that are known."""

    def __init__(self, model):
        super().__init__()
        self.pair = MotionContext(model)

    def forward(self, mel, energy, motion_past, motion_h, motion_h_null, voice_h, mel_past, energy_past, phase):
        mels, energies = torch.cat([mel_past, mel], 1), torch.cat([energy_past, energy], 1)
        before = torch.cat([motion_past[:, 1], motion_past[:, 0]], 1)
        cond, cond_null, events, gaze, _, *moved = self.pair(mels, energies, before, motion_h, motion_h_null, voice_h)
        states = [choose(new, old, phase) for new, old in zip(moved, (motion_h, motion_h_null, voice_h))]
        level, floor = states[2][:, 0:1], states[2][:, 1:2]
        # The loudness of now, not of the sound that the performance answers.
        loud = ((energy - floor) / torch.maximum((level - floor).clamp(min=0.02), 2 * floor)).clamp(0, 1)
        return cond, cond_null, events, gaze, loud, *states, mels[:, 1:3], energies[:, 1:3]


class SingleAssemble(MotionAssemble):
    """One frame a block: at phase 0 two frames are made and the second waits in the state, at phase 1 it leaves."""

    def forward(
        self,
        x0,
        mouth,
        speech,
        event_logits,
        gaze_logits,
        event_uniform,
        gaze_uniform,
        motion_past,
        blink_state,
        smooth_past,
        pending,
        phase,
        expression,
        smoothing,
        override,
        override_mask,
    ):
        frames = self._process(x0, motion_past, gaze_logits, gaze_uniform)
        blinks, states = self._blinks(event_logits, event_uniform, blink_state)
        made = [torch.cat([frames[f], blinks[f], states[f], speech[:, f : f + 1]], 1) for f in (0, 1)]
        now = choose(made[0], pending, phase)
        process, blink, state, loud = now.split([len(CHANNELS), 1, 2, 1], 1)
        offset, gain = self._expression(expression)
        out, standard = self._emit(process, blink, mouth[:, 0], loud, offset, gain, smooth_past, smoothing, override[:, 0], override_mask[:, 0])
        shut = override_mask[:, 0, 16:17] * override_mask[:, 0, 17:18]
        blink_state = choose(blink_state, state * (1 - shut), phase)
        motion_past = torch.cat([standard[:, None], motion_past[:, :-1]], 1)
        return out[:, None], motion_past, blink_state, out, choose(made[1], pending, phase), 1 - phase


class SingleDenoiser(nn.Module):
    """One denoising step of one frame: the network of pairs, with the frame before as it is, noised to the same time."""

    def __init__(self, diffusion):
        super().__init__()
        self.diffusion, self.range = diffusion, MotionRange()

    def forward(self, x_t, t, motion, id_den, prev_latent, older_latent, motion_before, pair_noise, kv_cache, kv_mask):
        # A whole vector of each time: kernels round the last few elements of a batch in another way than the rest.
        a, g = (part[:, :1, None, None] for part in signal(t[:, None].expand(-1, 16) + torch.zeros(16)))
        before = a * prev_latent + g * pair_noise
        pair = torch.cat([motion_before[:, None], self.range(motion)], 1)
        x = torch.cat([before[:, None], x_t], 1)
        return self.diffusion.predict(x, t, pair, id_den, older_latent, kv_cache.float(), kv_mask)[:, 1:]


class SingleContextCache(nn.Module):
    """Appends the frame before, which is no longer part of a pair, to the cache; `started` says whether there was one."""

    def __init__(self, diffusion):
        super().__init__()
        self.diffusion, self.range = diffusion, MotionRange()

    def forward(self, x0, motion, prev_latent, motion_before, started, kv_cache, kv_mask):
        new = self.diffusion.context(prev_latent[:, None], motion_before[:, None]).half()
        cache = torch.cat([kv_cache[:, :, 1:], new], 2)
        mask = torch.cat([kv_mask[:, 1:], started], 1)
        return cache, mask, x0[:, 0], prev_latent, self.range(motion[:, 0]), torch.ones_like(started)


class SingleStream(stream.Stream):
    """Free-running sessions frame by frame, for evaluation."""

    def __init__(self, renderer, diffusion, references, steps):
        super().__init__(renderer, diffusion, references, steps=steps)
        count = len(references)
        self.denoise, self.context = SingleDenoiser(diffusion), SingleContextCache(diffusion)
        self.older, self.before, self.started = torch.zeros_like(self.previous), torch.zeros(count, 32), torch.zeros(count, 1)

    @torch.no_grad()
    def latents(self, motion):
        """Residual latents [n, frames, 24, 16, 16] of motion [n, frames, 32]."""
        return torch.cat([self._frame(motion[:, k : k + 1]) for k in range(motion.shape[1])], 1)

    def _frame(self, motion):
        shape = self.previous.shape
        x, pair_noise = torch.randn(shape[0], 1, *shape[1:], generator=self.noise), torch.randn(shape, generator=self.noise)
        moments = times(self.steps)
        for t, s in zip(moments, moments[1:]):
            here = torch.full((shape[0],), t)
            x0 = self.denoise(x, here, motion, self.id_den, self.previous, self.older, self.before, pair_noise, self.cache, self.mask)
            if s > 0:
                x = to_time(x, x0, here, torch.full_like(here, s))
        cache, self.mask, self.previous, self.older, self.before, self.started = self.context(
            x0, motion, self.previous, self.before, self.started, self.cache.half(), self.mask
        )
        self.cache = cache.float()
        return x0


def tensors():
    """Inputs with their shapes and outputs of every graph that is not the reference pack's own."""
    latent, cache = (24, 16, 16), (2, CONTEXT, 64, 64)
    events = {"event_logits": (3,), "gaze_logits": (3,), "event_uniform": (2,), "gaze_uniform": (1,)}
    past = {"motion_past": (ORDER, len(CHANNELS))}
    controls = {"expression": (2,), "smoothing": (), "override": (1, OUTPUT), "override_mask": (1, OUTPUT)}
    hidden = {"motion_h": (WIDTH,), "motion_h_null": (WIDTH,), "voice_h": (3,)}
    heard = {"mel_past": (2, MEL), "energy_past": (2,)}
    known = {"ref_image": (3, 256, 256), "id16": (32, 16, 16), "id32": (24, 32, 32), "id64": (12, 64, 64), "id_lips": (24, 32, 32)}
    inputs = {
        "audio_motion": {"mel": (2, MEL), "mouth_h": (STATE,)},
        "motion_context": {"mel": (2, MEL), "energy": (2,), **past, **hidden, **heard, "phase": (1,)},
        "motion_denoiser": {"x_t": (SIZE,), "t": (), "cond": (WIDTH,), "z": (NOISE,)},
        "motion_assemble": {"x0": (SIZE,), "mouth": (1, 16), "speech": (2,), **events, **past, "blink_state": (2,), "smooth_past": (OUTPUT,)}
        | {"pending": (PENDING,), "phase": (1,), **controls},
        "denoiser": {"x_t": (1, *latent), "t": (), "motion": (1, 32), "id_den": (ID_DEN, 16, 16), "prev_latent": latent}
        | {"older_latent": latent, "motion_before": (32,), "pair_noise": latent, "kv_cache": cache, "kv_mask": (CONTEXT,)},
        "context": {"x0": (1, *latent), "motion": (1, 32), "prev_latent": latent, "motion_before": (32,), "started": (1,)}
        | {"kv_cache": cache, "kv_mask": (CONTEXT,)},
        "decoder": {"latent": (1, *latent), "motion": (1, 32), **known, "identity_strength": ()},
    }
    outputs = {
        "audio_motion": ["mouth", "mouth_h_out"],
        "motion_context": ["cond", "cond_null", "event_logits", "gaze_logits", "speech", *(f"{k}_out" for k in (*hidden, *heard))],
        "motion_denoiser": ["x0"],
        "motion_assemble": ["motion", "motion_past_out", "blink_state_out", "smooth_past_out", "pending_out", "phase_out"],
        "denoiser": ["x0"],
        "context": ["kv_cache_out", "kv_mask_out", "prev_latent_out", "older_latent_out", "motion_before_out", "started_out"],
        "decoder": ["frames"],
    }
    return inputs, outputs


def examples(batch=2, seed=0):
    """Random inputs of every graph: name -> list of (input name, tensor)."""
    g = torch.Generator().manual_seed(seed)
    out = {}
    for name, shapes in tensors()[0].items():
        out[name] = [(key, torch.rand(batch, *shape, generator=g) * 0.2) for key, shape in shapes.items()]
        out[name] = [(key, value.half() if key == "kv_cache" else value) for key, value in out[name]]
    both = export.examples(batch, seed)
    return out | {name: both[name] for name in ("reference_denoise", "reference_render")}


def build(audio, motion, renderer, diffusion, average):
    """The modules behind the graphs."""
    whole = export.build(renderer, diffusion, average)
    return {
        "audio_motion": AudioMotionStep(audio),
        "motion_context": SingleContext(motion),
        "motion_denoiser": MotionDenoiser(motion),
        "motion_assemble": SingleAssemble(motion.normalizer),
        "denoiser": SingleDenoiser(diffusion),
        "context": SingleContextCache(diffusion),
        "decoder": export.DecoderGraph(renderer, diffusion.base, average, block=1),
        "reference_denoise": whole["reference_denoise"],
        "reference_render": whole["reference_render"],
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for name in ("audio", "motion", "data", "runs", "base", "out"):
        parser.add_argument(f"--{name}", required=True, type=Path)
    options = parser.parse_args()
    require_file(options.audio, "make it with python -m avatarpack.motion.train_audio --block 1 --look-ahead 1")
    require_file(options.motion, "make it with python -m avatarpack.motion.calibrate")
    require_space(options.out, 50)
    torch.set_num_threads(1)
    renderer, diffusion = stream.load(options.runs, options.base)
    audio = averaged(options.audio, AudioMotion(block=1, look_ahead=1))
    graphs = build(audio, averaged(options.motion, MotionModel()), renderer, diffusion, export.average_reference(options.data, options.runs))
    export.write(graphs, options.out, examples(), tensors()[1] | {k: export.OUTPUTS[k] for k in ("reference_denoise", "reference_render")})
    for name in graphs:
        halve(options.out / f"{name}.onnx")
        print(f"{name}.onnx  {(options.out / f'{name}.onnx').stat().st_size / 2**20:.2f} MiB")


if __name__ == "__main__":
    main()
