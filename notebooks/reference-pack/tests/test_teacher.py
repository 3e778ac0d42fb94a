import numpy as np

from avatarpack.motion.teacher import BLINK, GAZE, PITCH, accents, perform

FRAMES = 6000


def _speech(seed):
    rng = np.random.default_rng(seed)
    energy = np.clip(np.convolve(rng.random(FRAMES), np.ones(3) / 3, "same") * (np.sin(np.arange(FRAMES) / 20) > 0), 0, 1)
    return energy, (np.arange(FRAMES) % 600 < 400).astype(float)


def test_blinks_close_fully_and_come_at_a_human_rate():
    played = perform(*_speech(1), np.random.default_rng(1))
    starts = np.flatnonzero(played.blink_starts)
    assert 10 < len(starts) / (FRAMES / 1500) < 40
    assert all(played.values[s : s + 6, BLINK].max() == 1 for s in starts if s < FRAMES - 6)
    assert (np.diff(starts) >= 4).all()


def test_gaze_is_constant_between_fixation_starts():
    played = perform(*_speech(2), np.random.default_rng(2))
    moved = np.r_[False, np.abs(np.diff(played.values[:, list(GAZE)], axis=0)).max(1) > 0]
    assert np.array_equal(moved, played.fixation_starts)


def test_nothing_begins_more_than_two_frames_before_its_accent():
    silent, turn = np.zeros(FRAMES), np.ones(FRAMES)
    loud = silent.copy()
    loud[1000:1012] = np.hanning(12)
    (at,), _ = accents(loud)
    for seed in range(20):
        with_accent = perform(loud, turn, np.random.default_rng(seed)).values[:, PITCH]
        without = perform(silent, turn, np.random.default_rng(seed)).values[:, PITCH]
        assert np.array_equal(with_accent[: at - 2], without[: at - 2])


def test_two_draws_differ_and_one_seed_repeats():
    energy, turn = _speech(3)
    first, again, other = (perform(energy, turn, np.random.default_rng(s)).values for s in (5, 5, 6))
    assert np.array_equal(first, again) and not np.allclose(first, other)
