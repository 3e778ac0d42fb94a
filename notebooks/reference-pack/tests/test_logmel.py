import json
from pathlib import Path

import numpy as np

from avatarpack.speech import golden
from avatarpack.speech.logmel import SILENCE, frame_count, log_mel

GOLDEN = Path(__file__).parents[3] / "operators/src/test/resources/golden/logmel.json"


def test_golden_file_is_what_this_code_computes():
    cases = {case["name"]: case for case in json.loads(GOLDEN.read_text())["cases"]}
    assert np.allclose(cases["formula"]["logMel"], log_mel(golden.formula_signal()), atol=1e-6)
    speech = np.array(cases["speech"]["pcm16"]) / 32768
    assert np.allclose(cases["speech"]["logMel"], log_mel(speech), atol=1e-6)


def test_a_window_is_the_plain_discrete_fourier_sum():
    audio = np.random.default_rng(1).normal(size=1300) * 0.1
    window = audio[640 + 160 - 240 : 640 + 160 + 160] * (0.5 - 0.5 * np.cos(2 * np.pi * np.arange(400) / 400))
    angles = np.exp(-2j * np.pi * np.outer(np.arange(257), np.arange(400)) / 512)
    power = np.abs(angles @ window) ** 2
    edges = 700 * (10 ** (np.linspace(*(2595 * np.log10(1 + np.array([60, 7600]) / 700)), 42) / 2595) - 1)
    band = 17
    weights = np.interp(np.arange(257) * 31.25, edges[band : band + 3], [0, 1, 0])
    expected = (np.log(power @ weights + 1e-6) + 6) / 5
    assert abs(log_mel(audio)[1, 1, band] - expected) < 1e-9


def test_frames_do_not_depend_on_later_samples():
    audio = np.random.default_rng(2).normal(size=6400) * 0.1
    assert np.array_equal(log_mel(audio)[:5], log_mel(audio[:3200]))


def test_silence_has_the_floor_value_and_a_partial_frame_counts():
    assert np.allclose(log_mel(np.zeros(700)), SILENCE)
    assert frame_count(641) == 2
