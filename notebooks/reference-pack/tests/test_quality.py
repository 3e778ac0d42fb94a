"""Claims about the quality table's loop and measures that need neither mesh nor graphs."""

import math

import numpy as np
import pytest

from avatarpack import noise
from avatarpack.quality import clips, engine, measures
from avatarpack.quality.truth import moments
from avatarpack.speech.logmel import FRAME
from avatarpack.speech.mouth import aperture, mouth_track


def test_noise_is_the_engines():
    drawn = engine.Noise("ab" * 32, 7)
    address = {"digest": "ab" * 32, "seed": 7, "stage": "motion", "tensor": "z", "block": 3, "step": 1}
    normal, uniform = drawn.normal("motion", "z", 3, 1, (2, 5)).ravel(), drawn.uniform("motion", "z", 3, 1, (6,))
    assert normal == pytest.approx([noise.normal(e, **address) for e in range(10)], abs=1e-6)
    assert uniform == pytest.approx([noise.uniform(e, **address) for e in range(6)], abs=1e-7)


@pytest.mark.parametrize("sampler", ["ddim", "ddpm", "euler", "dpmpp-2m", "lcm"])
def test_samplers_end_at_the_clean_sample_when_the_denoiser_knows_it(sampler):
    grid, rng, clean = engine.Grid("cosine", 0.98, 6), np.random.RandomState(3), np.full(8, 0.7)
    sample, before = grid.alpha[0] * clean + grid.sigma[0] * rng.randn(8), None
    for i in range(grid.steps):
        a, b, c, d = engine.update(sampler, grid, i)
        sample = a * sample + b * clean + (c * before if c else 0) + (d * rng.randn(8) if d else 0)
        before = clean
    assert sample == pytest.approx(clean)


def test_ddim_keeps_the_noise_that_the_prediction_implies():
    grid = engine.Grid("cosine", 0.9, 3)
    a, b, _, _ = engine.update("ddim", grid, 0)
    noisy = grid.alpha[0] * 2.0 + grid.sigma[0] * -1.5
    assert a * noisy + b * 2.0 == pytest.approx(grid.alpha[1] * 2.0 + grid.sigma[1] * -1.5)


def test_a_mouth_stays_shut_between_sentences_and_opens_no_earlier_than_it_is_heard():
    sentence = np.ones(20 * FRAME, np.float32), [("open", 0.0, 0.2), ("silence", 0.2, 0.8)]
    _, spoken = clips._speech([sentence, sentence], 60)
    opened = aperture(mouth_track(spoken, 60)[0])
    begins = [clips.LEAD, clips.LEAD + 20 + clips.GAP]
    for begin in begins:
        assert opened[begin + 1] > 0.4
        assert opened[begin - clips.LEAD : begin - 3].max() < 0.05


def test_warp_pulls_from_where_the_flow_points():
    latent = np.random.RandomState(1).randn(1, 3, 6, 6).astype(np.float32)
    flow = np.zeros((1, 2, 6, 6), np.float32)
    assert engine.warp(latent, flow) == pytest.approx(latent)
    flow[:, 0] = 1
    assert engine.warp(latent, flow)[..., :-1] == pytest.approx(latent[..., 1:])
    assert engine.warp(latent, flow)[..., -1] == pytest.approx(latent[..., -1])


def test_a_late_picture_has_a_positive_lag():
    wanted = np.sin(np.arange(200) / 4.0)
    correlation, lag = measures.best_lag(np.roll(wanted, 2), wanted)
    assert lag == 2 and correlation < 0.95
    assert measures.best_lag(wanted, wanted) == (pytest.approx(1.0), 0)


def test_lips_count_as_closed_within_one_frame_only():
    seen = np.ones(50)
    seen[10] = seen[30] = 0
    assert measures.closed_on_bilabials(seen, [(0.40, 0.48), (1.28, 1.36)]).tolist() == [True, False]


def test_blinks_are_found_and_falls_with_open_lids_are_invented():
    lids, contrast = np.zeros(100), np.ones((100, 2)) * (3, 5)
    lids[20:23] = lids[60:63] = 1
    contrast[20:23] *= 0.5
    contrast[80:82] *= 0.4
    seen, invented = measures.blinks(contrast, lids)
    assert seen.tolist() == [True, False] and invented == 1


def test_everybody_is_nearest_to_their_own_reference():
    references = np.eye(3, 128)
    distances, own = measures.identity(references, [references[i : i + 1] + 0.01 for i in range(3)])
    assert own == 1.0 and distances.max() < 0.12
    assert measures.identity(references, [references[[1]], references[[1]], references[[2]]])[1] == pytest.approx(2 / 3)


def test_fidelity_of_equal_pictures_is_perfect_and_flicker_one():
    frames = np.random.RandomState(2).randint(0, 256, (20, 256, 256, 3)).astype(np.uint8)
    sums = measures.fidelity(frames, frames[moments(20)])
    assert measures.mean_of(sums, "all") == 0 and measures.mean_of(sums, "ssim") == pytest.approx(1, abs=1e-4)
    assert measures.mean_of(sums, "change") == measures.mean_of(sums, "true_change") > 0
    darker = (frames // 2).astype(np.uint8)
    assert math.isclose(measures.mean_of(measures.fidelity(darker, frames[moments(20)]), "mouth"), measures.mean_of(measures.fidelity(darker, frames[moments(20)]), "all"), rel_tol=0.05)


def test_a_missing_manifest_is_named(tmp_path):
    with pytest.raises(SystemExit, match="pack.yaml"):
        engine.Pack(tmp_path)
