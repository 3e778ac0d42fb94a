"""Exports the visual graphs as ONNX, opset 17, dynamic batch, state in and out, no random operator.

    python -m avatarpack.visual.export --runs DIR --base base.npz --out PACK_DIR
"""

import argparse
import copy
from pathlib import Path

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from . import training
from .denoiser import BLOCK, CONTEXT, ID_DEN
from .fields import LATENT_CHANNELS
from .layers import MotionRange, blocked

OPSET = 17
AVERAGE = "average.npy"  # beside the checkpoints, where these were restored from a pack


class DenoiserGraph(nn.Module):
    """One denoising step with the range guard; the cache is stored in half precision."""

    def __init__(self, diffusion):
        super().__init__()
        self.diffusion, self.range = diffusion, MotionRange()

    def forward(self, x_t, t, motion, id_den, prev_latent, kv_cache, kv_mask):
        return self.diffusion.predict(x_t, t, self.range(motion), id_den, prev_latent, kv_cache.float(), kv_mask)


class ContextGraph(nn.Module):
    """Appends a finished block to the cache."""

    def __init__(self, diffusion):
        super().__init__()
        self.diffusion, self.range = diffusion, MotionRange()

    def forward(self, x0, motion, kv_cache, kv_mask):
        new = self.diffusion.context(x0, self.range(motion)).half()
        mask = torch.cat([kv_mask[:, BLOCK:], torch.ones_like(kv_mask[:, :BLOCK])], 1)
        return torch.cat([kv_cache[:, :, BLOCK:], new], 2), mask, x0[:, -1]


class DecoderGraph(nn.Module):
    """Residual latents to pictures of bytes; a lower identity strength moves everything of the reference to the average person."""

    def __init__(self, renderer, base, average, block=BLOCK):
        super().__init__()
        self.block = block
        self.decoder, self.base, self.range = copy.deepcopy(renderer.decoder), base, MotionRange()
        for part in (self.decoder.lips, *self.decoder.details):
            part.enter = blocked(part.enter)
        with torch.no_grad():
            features = renderer.encoder(average)
        # The average picture is smooth by nature: a quarter of its resolution holds it.
        self.register_buffer("average_picture", functional.avg_pool2d(average, 4))
        for name, value in zip(("average16", "average32", "average64", "average_lips"), features):
            self.register_buffer(name, value.clone())

    def forward(self, latent, motion, ref_image, id16, id32, id64, id_lips, identity_strength):
        s = identity_strength.view(-1, 1, 1, 1)
        average = functional.interpolate(self.average_picture, scale_factor=4.0, mode="bilinear", align_corners=False)
        means = (average, self.average16, self.average32, self.average64, self.average_lips)
        known = [own * s + mean * (1 - s) for own, mean in zip((ref_image, id16, id32, id64, id_lips), means)]
        known = [torch.stack([k] * self.block, 1).flatten(0, 1) for k in known]
        m = self.range(motion.flatten(0, 1))
        pictures, _ = self.decoder(self.base.restore(latent.flatten(0, 1), m), m, *known)
        pixels = (pictures * 255).round().clamp(0, 255).to(torch.uint8).permute(0, 2, 3, 1)
        return pixels.reshape(-1, self.block, 256, 256, 3)


def _from_bytes(image):
    return image.permute(0, 3, 1, 2).float() / 255


class ReferenceDenoiseGraph(nn.Module):
    """What the denoiser keeps of the reference picture."""

    def __init__(self, diffusion):
        super().__init__()
        self.diffusion = diffusion

    def forward(self, image):
        return self.diffusion.reference(_from_bytes(image))


class ReferenceRenderGraph(nn.Module):
    """What the decoder keeps of the reference picture."""

    def __init__(self, renderer):
        super().__init__()
        self.encoder = renderer.encoder

    def forward(self, image):
        picture = _from_bytes(image)
        return (picture, *self.encoder(picture))


def examples(batch=2, seed=0):
    """Random inputs of every graph: name -> list of (input name, tensor)."""
    g = torch.Generator().manual_seed(seed)

    def normal(*shape):
        return torch.randn(batch, *shape, generator=g)

    def uniform(*shape):
        return torch.rand(batch, *shape, generator=g)

    c = LATENT_CHANNELS
    motion = normal(BLOCK, 32) * 0.05
    image = (uniform(256, 256, 3) * 255).to(torch.uint8)
    cache, mask = normal(2, CONTEXT, 64, 64).half(), (uniform(CONTEXT) > 0.4).float()
    return {
        "denoiser": [
            ("x_t", normal(BLOCK, c, 16, 16)),
            ("t", uniform()),
            ("motion", motion),
            ("id_den", normal(ID_DEN, 16, 16)),
            ("prev_latent", normal(c, 16, 16)),
            ("kv_cache", cache),
            ("kv_mask", mask),
        ],
        "context": [("x0", normal(BLOCK, c, 16, 16)), ("motion", motion), ("kv_cache", cache), ("kv_mask", mask)],
        "decoder": [
            ("latent", normal(BLOCK, c, 16, 16)),
            ("motion", motion),
            ("ref_image", uniform(3, 256, 256)),
            ("id16", normal(32, 16, 16)),
            ("id32", normal(24, 32, 32)),
            ("id64", normal(12, 64, 64)),
            ("id_lips", normal(24, 32, 32)),
            ("identity_strength", uniform()),
        ],
        "reference_denoise": [("image", image)],
        "reference_render": [("image", image)],
    }


OUTPUTS = {
    "denoiser": ["x0"],
    "context": ["kv_cache_out", "kv_mask_out", "prev_latent_out"],
    "decoder": ["frames"],
    "reference_denoise": ["id_den"],
    "reference_render": ["ref_image", "id16", "id32", "id64", "id_lips"],
}


def build(renderer, diffusion, average):
    """The modules behind the graphs."""
    base = diffusion.base
    return {
        "denoiser": DenoiserGraph(diffusion),
        "context": ContextGraph(diffusion),
        "decoder": DecoderGraph(renderer, base, average),
        "reference_denoise": ReferenceDenoiseGraph(diffusion),
        "reference_render": ReferenceRenderGraph(renderer),
    }


def _accept_missing_onnx():
    """Lets torch export where the `onnx` Python package is absent: it is only used to inline functions, of which there are none."""
    try:
        from torch.onnx._internal.torchscript_exporter import onnx_proto_utils
    except ImportError:
        return
    onnx_proto_utils._add_onnxscript_fn = lambda model, custom: model


def write(graphs, out, inputs=None, outputs=None):
    """Writes NAME.onnx for every graph, atomically each."""
    _accept_missing_onnx()
    out.mkdir(parents=True, exist_ok=True)
    inputs, outputs = inputs or examples(), outputs or OUTPUTS
    for name, graph in graphs.items():
        keys = [k for k, _ in inputs[name]]
        scratch = out / f"{name}.onnx.part"
        torch.onnx.export(
            graph.eval(),
            tuple(v for _, v in inputs[name]),
            str(scratch),
            input_names=keys,
            output_names=outputs[name],
            dynamic_axes={k: {0: "batch"} for k in keys + outputs[name]},
            opset_version=OPSET,
            dynamo=False,
        )
        scratch.replace(out / f"{name}.onnx")


def average_reference(data, runs, limit=200):
    """Mean reference picture [1, 3, 256, 256] of the people of a data set and of their mirror images; that of the pack from which
    the checkpoints come, if they do, so that a lower identity strength goes on meaning the same."""
    from . import store

    if (runs / AVERAGE).exists():
        return torch.from_numpy(np.load(runs / AVERAGE))
    pictures = np.concatenate([s.references for s in store.shards(data)])[:limit]
    mean = store.picture_tensor(pictures).mean(0, keepdim=True)
    return (mean + mean.flip(-1)) / 2


def main():
    from . import stream

    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", required=True, type=Path)
    parser.add_argument("--runs", required=True, type=Path)
    parser.add_argument("--base", required=True, type=Path)
    parser.add_argument("--out", required=True, type=Path)
    options = parser.parse_args()
    training.require_space(options.out, 50)
    torch.set_num_threads(1)
    renderer, diffusion = stream.load(options.runs, options.base)
    write(build(renderer, diffusion, average_reference(options.data, options.runs)), options.out)
    for name in OUTPUTS:
        print(f"{name}.onnx  {(options.out / f'{name}.onnx').stat().st_size / 2**20:.2f} MiB")


if __name__ == "__main__":
    main()
