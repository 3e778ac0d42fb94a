"""Claims about the visual half that need neither mesh nor training."""

import argparse

import numpy as np
import pytest
import torch

from avatarpack.render import png
from avatarpack.render.mesh import MeshUnusable, load
from avatarpack.requirements import MissingRequirement
from avatarpack.visual import base, export, layers, motions, schedule, store, training
from avatarpack.visual.decoder import BOXES, Detail
from avatarpack.visual.diffusion import Diffusion
from avatarpack.visual.refiner import COLUMNS, ROWS, LipsRefiner
from avatarpack.visual.train_decoder import Renderer


@pytest.fixture(scope="module")
def graphs():
    torch.manual_seed(0)
    renderer, diffusion = Renderer(), Diffusion(base.MotionBase())
    for module in (renderer, diffusion):
        for parameter in module.parameters():
            if parameter.dim() > 1 and not parameter.any():
                torch.nn.init.normal_(parameter, std=0.02)
    diffusion.base.weights.normal_(std=0.05)
    return export.build(renderer, diffusion, torch.rand(1, 3, 256, 256))


@pytest.mark.parametrize("name", list(export.OUTPUTS))
def test_every_graph_treats_each_session_alone(graphs, name):
    inputs = [v for _, v in export.examples(3)[name]]
    with torch.no_grad():
        together = graphs[name].eval()(*inputs)
        alone = graphs[name].eval()(*[v[1:2] for v in inputs])
    together, alone = (o if isinstance(o, tuple) else (o,) for o in (together, alone))
    for a, b in zip(together, alone):
        assert a.dtype == b.dtype
        assert (a[1:2].float() - b.float()).abs().max() <= (1 if a.dtype == torch.uint8 else 1e-3)


def test_denoiser_output_stays_inside_the_guard(graphs):
    inputs = dict(export.examples(2)["denoiser"])
    inputs["x_t"] = inputs["x_t"] * 1e4
    guarded = graphs["denoiser"](*inputs.values())
    assert guarded.abs().max() <= 8


def test_masked_cache_has_no_influence(graphs):
    inputs = dict(export.examples(2)["denoiser"])
    inputs["kv_mask"] = torch.zeros(2, 6)
    with torch.no_grad():
        first = graphs["denoiser"](*inputs.values())
        inputs["kv_cache"] = inputs["kv_cache"] * 3 + 1
        assert torch.equal(first, graphs["denoiser"](*inputs.values()))


def test_context_drops_the_oldest_block(graphs):
    inputs = dict(export.examples(1)["context"])
    cache, mask, previous = graphs["context"](*inputs.values())
    assert torch.equal(cache[:, :, :4], inputs["kv_cache"][:, :, 2:])
    assert mask[0, 4:].tolist() == [1, 1]
    assert torch.equal(previous, inputs["x0"][:, -1])


def test_motion_beyond_the_trained_range_is_held_to_it(graphs):
    inputs = dict(export.examples(1)["denoiser"])
    inputs["motion"] = inputs["motion"].clone()
    inputs["motion"][..., 24] = 0.18
    with torch.no_grad():
        edge = graphs["denoiser"](*inputs.values())
        inputs["motion"][..., 24] = 3.0
        assert torch.equal(edge, graphs["denoiser"](*inputs.values()))


@pytest.mark.parametrize("name", ["denoiser", "context", "decoder"])
def test_a_louder_sound_alone_opens_no_mouth(graphs, name):
    inputs = dict(export.examples(1)[name])
    inputs["motion"] = inputs["motion"].clone()
    made = []
    for loudness in (0.0, 1.0):
        inputs["motion"][..., layers.ENERGY] = loudness
        with torch.no_grad():
            out = graphs[name](*inputs.values())
        made.append(out if torch.is_tensor(out) else out[0])
    assert torch.equal(*made)


def test_full_identity_strength_is_the_reference_itself(graphs):
    inputs = dict(export.examples(1)["decoder"])
    inputs["identity_strength"] = torch.ones(1)
    with torch.no_grad():
        full = graphs["decoder"](*inputs.values())
        inputs["identity_strength"] = torch.zeros(1)
        none = graphs["decoder"](*inputs.values())
    assert (full.float() - none.float()).abs().mean() > 1


def test_an_untrained_refiner_changes_nothing_and_a_trained_one_only_the_mouth():
    torch.manual_seed(0)
    refiner, maps, motion, lips = LipsRefiner(), torch.randn(2, 6, 32, 32), torch.rand(2, 32), torch.randn(2, 24, 32, 32)
    assert torch.equal(refiner(maps, motion, lips), maps)
    torch.nn.init.normal_(refiner.leave.weight, std=0.1)
    changed = (refiner(maps, motion, lips) != maps).any(1).any(0)
    assert changed[ROWS, COLUMNS].all()
    changed[ROWS, COLUMNS] = False
    assert not changed.any()


def test_a_painter_can_take_away_all_that_is_in_its_box_and_nothing_else():
    torch.manual_seed(5)
    painter, picture = Detail(*BOXES["eyes"]), torch.rand(1, 3, 256, 256)
    h, maps, condition = torch.randn(1, 24, 64, 64), torch.randn(1, 6, 32, 32), torch.randn(1, 96)
    with torch.no_grad():
        painter.leave.bias[48:] = 1
        left = picture + painter(h, maps, picture, condition)
    assert painter.cut(left).abs().max() < 1e-6
    assert torch.equal(left[:, :, :50], picture[:, :, :50]) and torch.equal(left[:, :, 130:], picture[:, :, 130:])


def test_filling_up_a_convolution_changes_no_result():
    conv, h = torch.nn.Conv2d(13, 5, 3, padding=1), torch.randn(2, 13, 6, 6)
    wide = layers.blocked(conv)
    assert wide.in_channels == 16
    assert torch.allclose(wide(layers.fill(h, wide)), conv(h), atol=1e-5)


def test_base_restores_what_the_residual_took_away():
    fitted = base.MotionBase()
    fitted.weights.normal_()
    fitted.deviation.uniform_(0.5, 2)
    motion, packed = torch.randn(3, 32) * 0.1, torch.randn(3, 24, 16, 16)
    assert torch.allclose(fitted.restore(fitted.residual(packed, motion), motion), packed, atol=1e-4)


def test_mirroring_twice_changes_nothing():
    rng = np.random.RandomState(0)
    motion, maps = rng.randn(4, 32).astype(np.float32), rng.randn(4, 6, 32, 32).astype(np.float32)
    assert np.array_equal(store.mirror_motion(store.mirror_motion(motion)), motion)
    assert np.array_equal(store.mirror_fields(store.mirror_fields(maps)), maps)


def test_scripted_motion_keeps_its_limits_and_shuts_the_eyes_often():
    m = np.concatenate([motions.sample(np.random.RandomState(k), 24) for k in range(40)])
    assert np.abs(m[:, 24:26]).max() <= 0.26 and m[:, :22].min() >= 0 and m[:, :22].max() <= 1
    assert (m[:, 16] > 0.95).mean() > 0.1


def test_moving_to_an_earlier_time_keeps_exact_predictions_exact():
    x0, noise = torch.randn(2, 2, 24, 16, 16), torch.randn(2, 2, 24, 16, 16)
    t, s = torch.full((2,), 0.98), torch.full((2,), 0.49)
    (a, g), (b, h) = schedule.signal(t), schedule.signal(s)
    there = schedule.to_time(schedule.expand(a) * x0 + schedule.expand(g) * noise, x0, t, s)
    assert torch.allclose(there, schedule.expand(b) * x0 + schedule.expand(h) * noise, atol=1e-4)


def test_an_interrupted_run_goes_on_where_it_was(tmp_path):
    def run():
        return training.Run(torch.nn.Linear(2, 1), tmp_path, "toy", minutes=1, horizon=1, rate=0.1, decay=0)

    first = run()
    first.update(first.module(torch.ones(1, 2)).sum(), {})
    first.save()
    second = run()
    assert second.step == 1
    assert torch.equal(second.module.weight, first.module.weight)


def test_a_run_that_goes_on_draws_anew_and_the_same_again(tmp_path):
    class Draws:
        rng = np.random.RandomState(0)

    options, seen = argparse.Namespace(runs=tmp_path, minutes=1, horizon=None, seed=5), []
    for _ in range(3):
        sampler = Draws()
        run, rng = training.start(torch.nn.Linear(2, 1), "toy", options, sampler, rate=0.1, decay=0)
        seen.append((run.step, rng.rand(), sampler.rng.rand(), torch.rand(1).item()))
        if not run.path.exists():
            run.update(run.module(torch.ones(1, 2)).sum(), {})
            run.save()
    assert [s[0] for s in seen] == [0, 1, 1]
    assert seen[1] == seen[2] and all(a != b for a, b in zip(seen[0], seen[1]))


def test_missing_inputs_are_named(tmp_path):
    with pytest.raises(MeshUnusable, match="--mesh"):
        load(tmp_path)
    with pytest.raises(MissingRequirement, match="avatarpack.visual.dataset"):
        store.shards(tmp_path)


def test_png_has_the_signature_and_the_size(tmp_path):
    png.write(tmp_path / "a.png", np.zeros((3, 5, 3)))
    data = (tmp_path / "a.png").read_bytes()
    assert data[:8] == b"\x89PNG\r\n\x1a\n" and data[16:24] == bytes([0, 0, 0, 5, 0, 0, 0, 3])


@pytest.mark.parametrize("channels", [3, 24])
def test_an_upconv_is_the_convolution_of_the_doubled_picture(channels):
    torch.manual_seed(channels)
    conv, h = layers.UpConv(channels, 5), torch.randn(2, channels, 6, 8)
    plain = torch.nn.functional.conv2d(layers.grow(h), conv.weight, conv.bias, padding=1)
    assert torch.allclose(conv(h), plain, atol=1e-5)


def test_cells_come_apart_and_together_as_torch_does_it():
    picture = torch.randn(2, 3, 16, 24)
    apart = layers.unshuffle(picture)
    assert torch.equal(apart, torch.nn.functional.pixel_unshuffle(picture, 4))
    assert torch.equal(layers.shuffle(apart), picture)
