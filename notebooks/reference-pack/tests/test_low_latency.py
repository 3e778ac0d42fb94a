"""Claims about the low-latency pack: it is the reference pack, one frame at a time."""

import pytest
import torch

from avatarpack import low_latency
from avatarpack.motion.audio_net import AudioMotion
from avatarpack.motion.diffusion import SIZE, MotionModel
from avatarpack.motion.graphs import OUTPUT, MotionAssemble
from avatarpack.motion.teacher import CHANNELS
from avatarpack.visual import base
from avatarpack.visual.diffusion import Diffusion
from avatarpack.visual.layers import MotionRange
from avatarpack.visual.train_decoder import Renderer

BATCH = 3


@pytest.fixture(scope="module")
def motion():
    torch.manual_seed(0)
    model = MotionModel().eval()
    model.normalizer.residual.fill_(0.1)
    return model


@pytest.fixture(scope="module")
def diffusion():
    torch.manual_seed(1)
    model = Diffusion(base.MotionBase()).eval()
    for parameter in model.parameters():
        if parameter.dim() > 1 and not parameter.any():
            torch.nn.init.normal_(parameter, std=0.02)
    return model


def test_two_single_frames_are_the_pair_that_the_reference_makes(motion):
    torch.manual_seed(2)
    pair, single = MotionAssemble(motion.normalizer), low_latency.SingleAssemble(motion.normalizer)
    x0, mouth, speech = torch.randn(BATCH, SIZE), torch.rand(BATCH, 2, 16), torch.rand(BATCH, 2)
    events, gaze = torch.randn(BATCH, 3), torch.randn(BATCH, 3)
    uniforms = torch.rand(BATCH, 2) * 0.3, torch.rand(BATCH, 1)
    past, blink, smooth = torch.randn(BATCH, 4, len(CHANNELS)) * 0.1, torch.zeros(BATCH, 2), torch.rand(BATCH, OUTPUT) * 0.1
    expression, smoothing = torch.rand(BATCH, 2) - 0.5, torch.rand(BATCH)
    override, mask = torch.rand(BATCH, 2, OUTPUT) * 0.1, (torch.rand(BATCH, 2, OUTPUT) < 0.3).float()
    whole, past_out, _, blink_out, smooth_out = pair(
        x0, mouth, speech, events, gaze, *uniforms, past, blink, smooth, expression, smoothing, override, mask
    )
    pending, phase, frames = torch.zeros(BATCH, low_latency.PENDING), torch.zeros(BATCH, 1), []
    for f in (0, 1):
        # What is drawn at the second frame has no influence.
        drawn = x0 if f == 0 else torch.randn_like(x0)
        heard = speech if f == 0 else torch.rand_like(speech)
        frame, past, blink, smooth, pending, phase = single(
            drawn, mouth[:, f : f + 1], heard, events, gaze, *uniforms, past, blink, smooth, pending, phase,
            expression, smoothing, override[:, f : f + 1], mask[:, f : f + 1],
        )  # fmt: skip
        frames.append(frame)
    for made, expected in ((torch.cat(frames, 1), whole), (past, past_out), (blink, blink_out), (smooth, smooth_out)):
        assert torch.allclose(made, expected, atol=1e-5)
    assert not phase.any()


def test_context_stands_still_at_the_second_frame(motion):
    inputs = dict(low_latency.examples(BATCH)["motion_context"])
    context = low_latency.SingleContext(motion)
    first = context(*(inputs | {"phase": torch.zeros(BATCH, 1)}).values())
    second = context(*(inputs | {"phase": torch.ones(BATCH, 1)}).values())
    for k, name in enumerate(("motion_h", "motion_h_null", "voice_h")):
        assert torch.equal(second[5 + k], inputs[name])
        assert not torch.equal(first[5 + k], inputs[name])
    assert torch.equal(second[8][:, 1], inputs["mel"][:, 0])


def test_denoiser_is_that_of_pairs_with_the_frame_before_noised_alike(diffusion):
    inputs = dict(low_latency.examples(BATCH)["denoiser"])
    made = low_latency.SingleDenoiser(diffusion)(*inputs.values())
    t = inputs["t"]
    a, g = torch.cos(t * torch.pi / 2).view(-1, 1, 1, 1), torch.sin(t * torch.pi / 2).view(-1, 1, 1, 1)
    before = a * inputs["prev_latent"] + g * inputs["pair_noise"]
    motions = torch.cat([inputs["motion_before"][:, None], MotionRange()(inputs["motion"])], 1)
    pair = diffusion.predict(
        torch.cat([before[:, None], inputs["x_t"]], 1), t, motions, inputs["id_den"], inputs["older_latent"], inputs["kv_cache"].float(), inputs["kv_mask"]
    )
    assert torch.allclose(made, pair[:, 1:], atol=1e-5)


def test_cache_takes_a_frame_when_the_next_one_has_come(diffusion):
    inputs = dict(low_latency.examples(1)["context"])
    inputs["started"] = torch.zeros(1, 1)
    cache, mask, latest, older, before, started = low_latency.SingleContextCache(diffusion)(*inputs.values())
    assert torch.equal(cache[:, :, :5], inputs["kv_cache"][:, :, 1:])
    assert mask[0, 5] == 0 and started[0, 0] == 1
    assert torch.equal(latest, inputs["x0"][:, 0]) and torch.equal(older, inputs["prev_latent"])
    assert torch.equal(before, MotionRange()(inputs["motion"][:, 0]))


def test_every_graph_has_the_inputs_and_outputs_that_are_declared(motion, diffusion):
    graphs = low_latency.build(AudioMotion(block=1, look_ahead=1), motion, Renderer(), diffusion, torch.rand(1, 3, 256, 256))
    examples, outputs = low_latency.examples(1), low_latency.tensors()[1]
    for name in outputs:
        with torch.no_grad():
            made = graphs[name].eval()(*(v for _, v in examples[name]))
        assert len(made if isinstance(made, tuple) else (made,)) == len(outputs[name])
