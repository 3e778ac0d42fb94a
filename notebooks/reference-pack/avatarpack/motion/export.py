"""Writes the four motion graphs of the pack as ONNX, with inputs and outputs to check them by.

    python -m avatarpack.motion.export --audio DATA/audio.pt --motion DATA/performer.pt --out PACK --parity DATA/parity
    node tools/parity.mjs PACK DATA/parity
"""

import argparse
import json
from pathlib import Path

import torch

from avatarpack.motion import audio_net
from avatarpack.motion.audio_net import AudioMotion, AudioMotionStep
from avatarpack.motion.diffusion import NOISE, ORDER, SIZE, WIDTH, MotionModel
from avatarpack.motion.graphs import OUTPUT, MotionAssemble, MotionContext, MotionDenoiser
from avatarpack.motion.hearing import STATE
from avatarpack.motion.teacher import CHANNELS
from avatarpack.motion.training import averaged
from avatarpack.requirements import require_file, require_space

OPSET = 17
BATCH = 8
MEL, PAIR = (4, audio_net.MEL), (2, OUTPUT)
PAST = (ORDER, len(CHANNELS))

# graph: (inputs with shapes, outputs), in the order of the module's arguments and results.
GRAPHS = {
    "audio_motion": ({"mel": MEL, "mouth_h": (audio_net.STATE,)}, ("mouth", "mouth_h_out")),
    "motion_context": (
        {
            "mel": MEL,
            "energy": (4,),
            "motion_prev": (SIZE,),
            "motion_h": (WIDTH,),
            "motion_h_null": (WIDTH,),
            "voice_h": (STATE,),
        },
        (
            "cond",
            "cond_null",
            "event_logits",
            "gaze_logits",
            "speech",
            "motion_h_out",
            "motion_h_null_out",
            "voice_h_out",
        ),
    ),
    "motion_denoiser": ({"x_t": (SIZE,), "t": (), "cond": (WIDTH,), "z": (NOISE,)}, ("x0",)),
    "motion_assemble": (
        {
            "x0": (SIZE,),
            "mouth": (2, 16),
            "speech": (2,),
            "event_logits": (3,),
            "gaze_logits": (3,),
            "event_uniform": (2,),
            "gaze_uniform": (1,),
            "motion_past": PAST,
            "blink_state": (2,),
            "smooth_past": (OUTPUT,),
            "expression": (2,),
            "smoothing": (),
            "override": PAIR,
            "override_mask": PAIR,
        },
        ("motion", "motion_past_out", "motion_prev_out", "blink_state_out", "smooth_past_out"),
    ),
}


def modules(audio, motion):
    """The module of each graph, from the trained networks."""
    return {
        "audio_motion": AudioMotionStep(audio),
        "motion_context": MotionContext(motion),
        "motion_denoiser": MotionDenoiser(motion),
        "motion_assemble": MotionAssemble(motion.normalizer),
    }


def example(name, shape, generator):
    """A plausible input [BATCH, *shape]."""
    full = (BATCH, *shape)
    uniform = torch.rand(full, generator=generator)
    if name in ("event_uniform", "gaze_uniform", "smoothing", "t", "mouth", "speech"):
        return uniform
    if name == "energy":
        return 0.2 * uniform
    if name == "override_mask":
        return (uniform < 0.3).float()
    if name == "blink_state":
        return torch.stack([torch.arange(BATCH) % 5, torch.arange(BATCH) % 4], 1).float()
    normal = torch.randn(full, generator=generator)
    return 0.2 * normal if name in ("override", "smooth_past") else normal


def write_graph(module, name, folder):
    inputs, outputs = GRAPHS[name]
    generator = torch.Generator().manual_seed(len(name))
    examples = {key: example(key, shape, generator) for key, shape in inputs.items()}
    # The exporter wants the onnx package only to inline functions of custom operators; there are none here.
    torch.onnx._internal.torchscript_exporter.onnx_proto_utils._add_onnxscript_fn = lambda proto, _: proto
    torch.onnx.export(
        module,
        tuple(examples.values()),
        str(Path(folder) / f"{name}.onnx"),
        opset_version=OPSET,
        dynamo=False,
        input_names=list(inputs),
        output_names=list(outputs),
        dynamic_axes={key: {0: "batch"} for key in (*inputs, *outputs)},
    )
    with torch.no_grad():
        results = module(*examples.values())
    results = (results,) if isinstance(results, torch.Tensor) else results
    return examples, dict(zip(outputs, results))


def write_parity(folder, name, tensors):
    """One little-endian float32 file with all tensors of a graph, and an index of them."""
    index, data = {}, bytearray()
    for role, group in zip(("inputs", "outputs"), tensors):
        index[role] = {}
        for key, value in group.items():
            array = value.numpy().astype("<f4")
            index[role][key] = {"shape": list(array.shape), "offset": len(data)}
            data += array.tobytes()
    (folder / f"{name}.json").write_text(json.dumps(index))
    (folder / f"{name}.bin").write_bytes(bytes(data))


def export(audio, motion, out, parity):
    """Writes every graph; returns their sizes in bytes."""
    sizes = {}
    for name, module in modules(audio, motion).items():
        write_parity(Path(parity), name, write_graph(module.eval(), name, out))
        sizes[name] = (Path(out) / f"{name}.onnx").stat().st_size
    return sizes


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--audio", required=True, help="checkpoint of train_audio")
    parser.add_argument("--motion", required=True, help="checkpoint of calibrate, rollout or train_motion")
    parser.add_argument("--out", required=True, help="folder of the pack")
    parser.add_argument("--parity", required=True, help="folder for the check data")
    args = parser.parse_args()
    require_file(args.audio, "make it with python -m avatarpack.motion.train_audio")
    require_file(args.motion, "make it with python -m avatarpack.motion.calibrate")
    for folder in (args.out, args.parity):
        require_space(folder, 50)
    audio, motion = averaged(args.audio, AudioMotion()), averaged(args.motion, MotionModel())
    for name, size in export(audio, motion, args.out, args.parity).items():
        print(f"{name}.onnx: {size / 1e6:.2f} MB")


if __name__ == "__main__":
    main()
