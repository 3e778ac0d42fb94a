"""Makes checkpoints again from the graphs of a pack, so that training goes on where only the pack is left.

    python -m avatarpack.restore --pack PACK --data DATA

Writes what later steps of the recipe start from: DATA/audio.pt, DATA/motion.pt, DATA/performer.pt, DATA/base.npz, and in DATA/runs
denoiser.pt, refiner.pt (encoder and decoder with their painters) and average.npy. Weights come back as they were stored, in
half precision; what only training needs (visemes, optimisers) is not in a pack and begins anew. A pack of single frames
(`--low-latency`) gives DATA/audio-short.pt, the one network that it has of its own.
"""

import argparse
from pathlib import Path

import numpy as np
import torch
from torch.nn import functional

from .motion.audio_net import AudioMotion
from .motion.diffusion import GAZE_KNOTS, MotionModel
from .motion.teacher import GAZE
from .requirements import MissingRequirement, require_file, require_space
from .visual import export
from .visual.base import MotionBase
from .visual.diffusion import Diffusion
from .visual.train_decoder import Renderer

ONLY_IN_TRAINING = ("viseme.weight", "viseme.bias", "gru.", "opening")


class Weights:
    """The initialisers of one graph by name, halved ones widened; those that an export folded, by what uses them."""

    def __init__(self, path):
        try:
            import onnx
            from onnx import numpy_helper
        except ImportError as error:
            raise MissingRequirement('Python package "onnx" is not installed; install it with "pip install onnx"') from error
        self.path = require_file(path, "name the folder of a pack with --pack")
        model = onnx.load(path)
        self.named = {}
        for item in model.graph.initializer:
            value = numpy_helper.to_array(item)
            name = item.name.removesuffix(".half")
            self.named[name] = torch.from_numpy(value.astype(np.float32) if value.dtype == np.float16 else value.copy())
        used = [(name, node.op_type) for node in model.graph.node for name in node.input if name.startswith("onnx::")]
        self.folded = [(operator, self.named[name]) for name, operator in used if name in self.named]

    def under(self, prefix):
        """Names below `prefix` without it."""
        return {name[len(prefix) :]: value for name, value in self.named.items() if name.startswith(prefix)}

    def constants(self, operator, *shape):
        """Folded tensors of a shape that go into an operator of that type, in the order of the graph."""
        found = [value for kind, value in self.folded if kind == operator and tuple(value.shape) == shape]
        if not found:
            raise MissingRequirement(
                f'graph "{self.path}" has no constant of shape {list(shape)} for an operator {operator}; it was exported by '
                "another version of the recipe: restore it with that version"
            )
        return found


def fill_module(module, tensors, source, absent=()):
    """Copies `tensors` into a module; convolutions that were filled up for speed lose the channels without weight again."""
    state, missing = module.state_dict(), []
    for name, mine in state.items():
        if name not in tensors:
            missing += [] if name.startswith(absent) else [name]
            continue
        value = tensors[name]
        if value.dim() == 4 and value.shape[1] > mine.shape[1]:
            value = value[:, : mine.shape[1]]
        if value.shape != mine.shape:
            raise MissingRequirement(f'"{name}" has shape {list(value.shape)} in {source} and {list(mine.shape)} in the recipe; use its own version')
        mine.copy_(value)
    if missing:
        raise MissingRequirement(f"{source} has no weights for {', '.join(missing)}; it was exported by another version of the recipe")
    return module.eval()


@torch.no_grad()
def audio(pack, block=2, look_ahead=2):
    """The network of the mouth."""
    weights = Weights(pack / "audio_motion.onnx")
    net = AudioMotion(block=block, look_ahead=look_ahead)
    for name, part in (("ih", "from_input"), ("hh", "from_state")):
        getattr(net.gru, f"weight_{name}_l0").copy_(weights.named[f"{part}.weight"])
        getattr(net.gru, f"bias_{name}_l0").copy_(weights.named[f"{part}.bias"])
    return fill_module(net, weights.under("net."), weights.path, ONLY_IN_TRAINING)


@torch.no_grad()
def motion(pack):
    """The motion model with its normaliser."""
    context, denoiser, assemble = (Weights(pack / f"motion_{name}.onnx") for name in ("context", "denoiser", "assemble"))
    model = MotionModel()
    channels = len(model.normalizer.mean)
    normalizer = {f"normalizer.{name}": value for name, value in assemble.under("normalizer.").items()}
    first, rises = assemble.constants("Add", len(GAZE))[0], assemble.constants("Mul", len(GAZE), GAZE_KNOTS - 1)[0]
    normalizer["normalizer.gaze_values"] = torch.cat([first[:, None], first[:, None] + rises.cumsum(1)], 1)
    normalizer["normalizer.weights"] = torch.stack([w.T for w in assemble.constants("Mul", 4, channels)[:2]], 1)
    return fill_module(model, context.under("model.") | denoiser.under("model.") | normalizer, "the motion graphs")


@torch.no_grad()
def diffusion(pack):
    """The denoising side of the pictures with its motion base."""
    names = ("denoiser", "context", "reference_denoise", "decoder")
    denoiser, context, reference, decoder = (Weights(pack / f"{name}.onnx") for name in names)
    model = Diffusion(MotionBase())
    channels, age = len(model.base.deviation), model.denoiser.attention.age
    heads = (age.shape[2], age.shape[0], age.shape[1])
    folded = {
        "base.deviation": decoder.constants("Mul", channels, 1, 1)[0].flatten(),
        "base.high": denoiser.constants("Min", 1, 1, channels, 1, 1)[0].flatten(),
        "base.low": denoiser.constants("Max", 1, 1, channels, 1, 1)[0].flatten(),
        "denoiser.attention.age": denoiser.constants("Add", *heads)[0].permute(1, 2, 0),
        "context.project.weight": context.constants("MatMul", *reversed(model.context.project.weight.shape))[0].T,
    }
    named = [weights.under("diffusion.") for weights in (denoiser, context, reference)]
    return fill_module(model, named[0] | named[1] | named[2] | folded, "the graphs of the denoiser")


@torch.no_grad()
def renderer(pack):
    """Reference encoder and decoder, and the average person of the identity strength, [1, 3, 256, 256]."""
    decoder, reference = Weights(pack / "decoder.onnx"), Weights(pack / "reference_render.onnx")
    model = Renderer()
    width = model.decoder.look.out_channels
    look = {"decoder.look.weight": decoder.constants("Conv", width, 3, 4, 4)[0].reshape(width, 48, 1, 1)}
    named = {f"decoder.{name}": value for name, value in decoder.under("decoder.").items()}
    named |= {f"encoder.{name}": value for name, value in reference.under("encoder.").items()}
    average = functional.interpolate(decoder.named["average_picture"], scale_factor=4.0, mode="bilinear", align_corners=False)
    return fill_module(model, named | look, "the graphs of the decoder"), average


def save_checkpoint(path, module):
    """Averaged weights alone, as both kinds of trainers read them."""
    torch.save({"average": module.state_dict(), "averaged": module.state_dict()}, path)
    print(path)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pack", required=True, type=Path)
    parser.add_argument("--data", required=True, type=Path, help="folder for the checkpoints")
    parser.add_argument("--low-latency", action="store_true", help="the pack works in single frames: only its mouth is taken")
    options = parser.parse_args()
    require_space(options.data / "runs", 100)
    if options.low_latency:
        save_checkpoint(options.data / "audio-short.pt", audio(options.pack, 1, 1))
        return
    save_checkpoint(options.data / "audio.pt", audio(options.pack))
    performer, denoising, (painter, average) = motion(options.pack), diffusion(options.pack), renderer(options.pack)
    for name in ("motion", "performer"):
        save_checkpoint(options.data / f"{name}.pt", performer)
    save_checkpoint(options.data / "runs" / "denoiser.pt", denoising)
    save_checkpoint(options.data / "runs" / "refiner.pt", painter)
    np.savez(options.data / "base.npz", **{k: v.numpy() for k, v in denoising.base.state_dict().items()})
    np.save(options.data / "runs" / export.AVERAGE, average.numpy())


if __name__ == "__main__":
    main()
