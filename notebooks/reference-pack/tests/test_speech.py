import numpy as np
import pytest

from avatarpack.speech import augment
from avatarpack.speech.features import MARGIN, utterance
from avatarpack.speech.logmel import FPS, RATE
from avatarpack.speech.mouth import aperture, closures, mouth_track
from avatarpack.speech.phones import INDEX, TABLES, visemes
from avatarpack.speech.sentences import TEST, TRAIN, invented_sentences, is_test, own_sentences
from avatarpack.speech.voices import VOICES

PHONES = [("pau", 0, 0.2), ("b", 0.2, 0.26), ("aa", 0.26, 0.45), ("p", 0.45, 0.5), ("uw", 0.5, 0.7), ("pau", 0.7, 1.0)]


def test_lips_close_on_bilabials_and_open_on_vowels():
    spoken = visemes(PHONES, "flite")
    mouth, closed, _ = mouth_track(spoken, 25)
    opened = aperture(mouth)
    for start, end in closures(spoken):
        middle = int((start + end) / 2 * FPS)
        assert opened[middle - 1 : middle + 2].min() < 0.02
        assert closed[middle - 1 : middle + 2].max() > 0.95
    assert opened[int(0.35 * FPS)] > 0.3
    assert mouth[int(0.6 * FPS), INDEX["mouthPucker"]] > 0.4
    assert opened[-3:].max() < 0.03


def test_coefficients_stay_between_zero_and_one():
    mouth, _, _ = mouth_track(visemes(PHONES, "flite"), 25)
    assert mouth.min() >= 0 and mouth.max() <= 1


def test_a_voiceless_stop_of_espeak_closes_before_its_burst():
    spoken = visemes([("a", 0.0, 0.2), ("p", 0.2, 0.25), ("a", 0.25, 0.4)], "espeak-ng")
    assert [s[0] for s in spoken] == ["near-open", "bilabial", "near-open"]
    assert spoken[1][1] == pytest.approx(0.165)
    assert spoken[0][2] == spoken[1][1]


def test_every_phone_has_one_viseme_in_each_table():
    for table in TABLES.values():
        assert {"bilabial", "silence", "close-round"} <= set(table.values())
    assert TABLES["flite"]["m"] == TABLES["espeak-ng"]["m"] == "bilabial"


def test_test_sentences_are_never_trained_on():
    assert not set(TRAIN) & set(TEST)
    assert len({v.name for v in VOICES}) == len(VOICES)
    assert sum(not v.held_out for v in VOICES) >= 40 and sum(v.held_out for v in VOICES) >= 8


STEPS = (augment.gain, augment.tilt, augment.reverb, augment.noise, augment.telephone, augment.transform_codec)


@pytest.mark.parametrize("step", STEPS)
def test_a_distortion_keeps_length_and_stays_finite(step):
    rng = np.random.default_rng(3)
    audio = np.sin(np.arange(RATE) * 0.05) * np.hanning(RATE) * 0.3
    out = step(audio, rng)
    assert out.shape == audio.shape and np.isfinite(out).all() and np.abs(out).max() > 0.01


def test_telephone_removes_the_high_band():
    rng = np.random.default_rng(4)
    audio = rng.normal(size=RATE) * 0.1
    spectrum = np.abs(np.fft.rfft(augment.telephone(audio, rng)))
    assert spectrum[5000:].mean() < 0.1 * spectrum[1000:3000].mean()


def test_an_utterance_has_as_many_frames_in_all_its_arrays():
    row = utterance(np.zeros(int(1.01 * RATE)), visemes(PHONES, "flite"))
    assert {len(row[name]) for name in ("mel", "energy", "mouth", "closed", "viseme")} == {26 + 2 * MARGIN}


def test_the_mouth_is_shut_in_the_margins_and_opens_just_before_the_first_sound():
    opened = aperture(utterance(np.zeros(RATE), [("open", 0.0, 0.1), ("silence", 0.1, 1.0)])["mouth"].astype(np.float32))
    assert opened[0] < 0.05 and opened[-MARGIN:].max() < 0.01
    assert 0.1 < opened[MARGIN - 1] < opened[MARGIN] < opened[MARGIN + 1]


def test_invented_sentences_differ_from_voice_to_voice_and_from_all_others():
    texts = [text for seed in (0, 1) for _, text in invented_sentences(seed, 30)]
    numbers = [number for seed in (0, 1) for number, _ in invented_sentences(seed, 30)]
    assert len(set(texts)) == len(set(numbers)) == 60
    assert min(numbers) > max(number for number, _ in own_sentences(len(VOICES), 30))
    assert not any(is_test(number) for number in numbers)
