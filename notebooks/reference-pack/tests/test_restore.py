"""Claims about checkpoints that are made again from a pack: they are the networks that its graphs hold."""

from pathlib import Path

import numpy as np
import pytest
import torch

from avatarpack import low_latency, restore
from avatarpack.motion import export as motion_export
from avatarpack.motion.audio_net import AudioMotion, AudioMotionStep
from avatarpack.visual import export as visual_export
from avatarpack.visual import training

onnxruntime = pytest.importorskip("onnxruntime")
pytest.importorskip("onnx")

PACKS = Path(__file__).parents[3] / "operators/src/main/resources/packs"
PACK = PACKS / "reference"


def by_runtime(graph, inputs):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(str(graph), options, providers=["CPUExecutionProvider"])
    return session.run(None, {name: value.numpy() for name, value in inputs.items()})


def assert_same(module, graph, inputs, tolerance):
    with torch.no_grad():
        results = module(*inputs.values())
    results = (results,) if isinstance(results, torch.Tensor) else results
    for mine, theirs in zip(results, by_runtime(graph, inputs), strict=True):
        assert np.abs(mine.numpy().astype(np.float64) - theirs).max() <= tolerance


@pytest.mark.parametrize("name", motion_export.GRAPHS)
def test_a_restored_motion_network_is_the_graph_it_came_from(name):
    module = motion_export.modules(restore.audio(PACK), restore.motion(PACK))[name]
    generator = torch.Generator().manual_seed(1)
    inputs = {key: motion_export.example(key, shape, generator) for key, shape in motion_export.GRAPHS[name][0].items()}
    assert_same(module, PACK / f"{name}.onnx", inputs, 1e-3)


@pytest.mark.parametrize("name", visual_export.OUTPUTS)
def test_a_restored_picture_network_is_the_graph_it_came_from(name):
    (renderer, average), diffusion = restore.renderer(PACK), restore.diffusion(PACK)
    inputs = dict(visual_export.examples(seed=2)[name])
    if name == "decoder":
        inputs["identity_strength"] = torch.ones(2)
    tolerance = {"decoder": 1, "context": 5e-3}.get(name, 1e-3)  # bytes of a picture; a cache in half precision
    assert_same(visual_export.build(renderer, diffusion, average)[name], PACK / f"{name}.onnx", inputs, tolerance)


def test_the_restored_mouth_of_single_frames_is_the_graph_it_came_from():
    pack = PACKS / "reference-low-latency"
    inputs = dict(low_latency.examples()["audio_motion"])
    assert_same(AudioMotionStep(restore.audio(pack, 1, 1)), pack / "audio_motion.onnx", inputs, 1e-4)


def test_a_graph_of_another_network_is_refused_with_what_does_not_fit():
    weights = restore.Weights(PACK / "audio_motion.onnx")
    with pytest.raises(SystemExit, match=r'"embed.0.weight" has shape \[256, 640\] in .* and \[256, 480\]'):
        restore.fill_module(AudioMotion(block=1), weights.under("net."), weights.path, restore.ONLY_IN_TRAINING)


def test_a_restored_checkpoint_is_no_run_to_go_on_with(tmp_path):
    restore.save_checkpoint(tmp_path / "plan.pt", torch.nn.Linear(2, 2))
    with pytest.raises(SystemExit, match="was restored from a pack"):
        training.Run(torch.nn.Linear(2, 2), tmp_path, "plan", 1, 1, 1e-3, 0)
