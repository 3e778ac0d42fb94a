"""Claims about the renderer, on the stand-in head."""

from types import SimpleNamespace

import numpy as np
import pytest

from avatarpack.render import atlas, expression, identity, mesh, scene, standin
from avatarpack.visual import dataset, fields


@pytest.fixture(scope="module")
def head(tmp_path_factory):
    path = tmp_path_factory.mktemp("mesh") / "standin.npz"
    np.savez(path, **standin.build())
    loaded = mesh.load(path)
    return loaded, atlas.build(loaded)


@pytest.fixture(scope="module")
def person(head):
    return scene.Scene(head[0], identity.create(*head, seed=3))


def posed(person, **channels):
    motion = np.zeros(32, np.float32)
    for channel, value in channels.items():
        motion[int(channel[1:])] = value
    rest = person.project(person.vertices(np.zeros(32, np.float32)))
    return fields.extract(person, *person.visible(person.project(person.vertices(motion))), rest)[0].astype(float)


def test_the_same_seed_is_the_same_picture_and_another_seed_is_not(head, person):
    rest = np.zeros(32, np.float32)
    again = scene.Scene(head[0], identity.create(*head, seed=3)).render(rest)
    other = scene.Scene(head[0], identity.create(*head, seed=4)).render(rest)
    assert np.array_equal(person.render(rest), again)
    assert np.abs(again.astype(int) - other).mean() > 5


def test_the_reference_pose_has_no_displacement(person):
    maps = posed(person)
    assert np.abs(maps[:2]).max() < 0.2
    assert maps[4, 16, 16] == 1 and maps[4, 0, 0] == 0


def test_a_turn_to_the_right_points_back_to_the_left(person):
    maps = posed(person, c25=0.15)
    assert maps[0, 14:18, 15:17].mean() < -2


def test_pitch_is_down_and_points_back_up(person):
    maps = posed(person, c24=0.15)
    assert maps[1, 14:18, 15:17].mean() < -2


def test_shut_lids_cover_the_eyes(person):
    assert posed(person, c16=1.0, c17=1.0)[3].sum() < 0.5 * posed(person)[3].sum()


def test_large_eyes_are_shut_by_more_of_the_blink_shape():
    landmarks, shape = np.arange(68), np.zeros((68, 3), np.float32)
    shape[[37, 38, 43, 44], 1] = -0.8
    lids = SimpleNamespace(landmarks=landmarks, expressions=np.stack([shape.ravel()] * 2), shape_index={"eyeBlink_L": 0, "eyeBlink_R": 1})
    neutral = np.zeros((68, 3), np.float32)
    neutral[[37, 38, 44], 1], neutral[43, 1] = 0.8, 1.0
    left, right = expression.shut_weights(lids, neutral)
    assert left == pytest.approx(1.25 * expression.OVERLAP) and right == pytest.approx(expression.SHUT_LEAST)


def test_clips_follow_from_the_seed_alone():
    first, second = dataset.clips_of(7, 2, 12), dataset.clips_of(7, 2, 12)
    assert all(np.array_equal(a, b) for a, b in zip(first, second))
    assert not np.array_equal(first[0], first[1])
