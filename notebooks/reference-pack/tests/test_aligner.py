"""Claims about the aligner's pictures and network that need no mesh."""

import numpy as np
import pytest
import torch

from avatarpack.aligner import compose
from avatarpack.aligner.net import SIZE, Aligner, AlignerGraph
from avatarpack.aligner.train import losses


@pytest.fixture(scope="module")
def heads(tmp_path_factory):
    """Grey heads with a bright dot on every point, so that points can be checked in the pixels."""
    folder, rng = tmp_path_factory.mktemp("heads"), np.random.RandomState(0)
    points = np.array([[60, 66], [132, 66], [96, 86], [70, 118], [122, 118]], np.float32) + rng.randn(6, 5, 2).astype(np.float32)
    pictures = np.full((6, 192, 192, 4), (90, 90, 90, 255), np.uint8)
    for picture, marks in zip(pictures, points):
        for x, y in marks.astype(int):
            picture[y - 3 : y + 4, x - 3 : x + 4, :3] = 255
    np.savez(folder / "1.npz", pictures=pictures, points=points, pitch=np.zeros(6, np.float32), yaw=np.linspace(-0.05, 0.05, 6).astype(np.float32))
    return compose.Heads(folder)


def test_mirrored_heads_look_the_other_way_and_swap_sides(heads):
    mirrored = compose.flip(heads.points[0], 192.0)
    assert mirrored[0, 0] < mirrored[1, 0] and mirrored[3, 0] < mirrored[4, 0]
    assert mirrored[0, 0].item() == pytest.approx(192 - heads.points[0][1, 0].item())


def test_targets_lie_on_the_faces_that_are_drawn(heads, monkeypatch):
    monkeypatch.setattr(compose.styles, "restyle", lambda rng, picture: picture)
    monkeypatch.setattr(compose.styles, "light", lambda rng, picture: picture)
    monkeypatch.setattr(compose, "_cover", lambda rng, count, points, eye: (torch.zeros(count, 1, SIZE, SIZE), torch.zeros(count, 3, 1, 1)))
    rng = torch.Generator().manual_seed(2)
    backdrops = compose.Backdrops(rng, 24)
    backdrops.stock = backdrops.stock * 0 + 100
    picture, target = compose.batch(rng, heads, backdrops, 48)
    bright = []
    for i, y, x in torch.nonzero((target["heat"] > 0.99) & (target["scale"] > 20)).tolist():
        for u, v in target["points"][i, y, x].tolist():
            if 1 <= u < SIZE - 1 and 1 <= v < SIZE - 1:
                bright.append(picture[i, :, int(v), int(u)].mean().item())
    assert len(bright) > 50 and np.mean(np.array(bright) > 0.55) > 0.8


def test_the_graph_ignores_exposure_and_neighbours():
    torch.manual_seed(0)
    graph = AlignerGraph(Aligner()).eval()
    picture = torch.randint(40, 120, (2, SIZE, SIZE, 3), dtype=torch.uint8)
    with torch.no_grad():
        score, points, angles = graph(picture)
        assert score.shape == (2, 20, 20) and points.shape == (2, 20, 20, 10) and angles.shape == (2, 20, 20, 2)
        assert torch.allclose(graph(picture[1:])[1], points[1:], atol=1e-3)
        assert torch.allclose(graph(picture * 2)[1], points, atol=2.0)


def test_training_lowers_the_loss(heads):
    torch.manual_seed(0)
    rng = torch.Generator().manual_seed(3)
    model, backdrops = Aligner(), compose.Backdrops(rng, 24)
    picture, target = compose.batch(rng, heads, backdrops, 8)
    optimizer, course = torch.optim.Adam(model.parameters(), 2e-3), []
    for _ in range(60):
        score, place, turn, _ = losses(model, picture, target)
        course.append((score + 6 * place + 2 * turn).item())
        optimizer.zero_grad()
        (score + 6 * place + 2 * turn).backward()
        optimizer.step()
    assert course[-1] < 0.8 * course[0]


def test_heads_that_were_never_rendered_are_asked_for(tmp_path):
    with pytest.raises(SystemExit, match="avatarpack.aligner.heads"):
        compose.Heads(tmp_path)
