"""How well the mouth follows the speech: aperture correlation and closed lips on p, b and m.

    python -m avatarpack.motion.lips --features DATA/features --checkpoint DATA/audio.pt

prints both for known and unseen voices, always on unseen sentences.
"""

import argparse

import numpy as np
import torch

from avatarpack.motion.audio_net import BLOCK, LOOK_AHEAD, AudioMotion, blocks_with_look_ahead
from avatarpack.motion.training import averaged
from avatarpack.speech.features import load_features
from avatarpack.speech.logmel import FPS, SILENCE
from avatarpack.speech.mouth import aperture
from avatarpack.speech.sentences import is_test

CLOSED_SHARE = 0.15
_LEAD = 8  # frames of silence before an utterance, so that the recurrent state has settled


@torch.no_grad()
def heads(net, utterances):
    """Shape [F, 16] and touch logits [F] of each utterance, before the lips close."""
    out = []
    for item in utterances:
        frames = len(item["mel"])
        total = _LEAD + frames + frames % net.block
        mel = np.full((1, total + net.look_ahead, item["mel"].shape[1]), SILENCE, np.float32)
        mel[0, _LEAD : _LEAD + frames] = item["mel"]
        blocks = blocks_with_look_ahead(torch.from_numpy(mel), net.block, net.look_ahead)
        shape, touch, _, _ = net.heads(blocks, torch.zeros(1, 1, net.width))
        rows = slice(_LEAD, _LEAD + frames)
        out.append((shape.flatten(0, 2)[rows], touch.flatten()[rows]))
    return out


def follow(net, made, utterances):
    """(aperture correlation, share of p/b/m with closed lips, lag in frames of the correlation's peak).

    Closed: the aperture falls below 15 % of its 95th percentile within one frame of the middle of the closure.
    """
    apertures = [aperture(net.close(shape.clamp(0, 1), touch).numpy()) for shape, touch in made]
    truths = [aperture(item["mouth"].astype(np.float32)) for item in utterances]
    limit = CLOSED_SHARE * np.percentile(np.concatenate(apertures), 95)
    closed = []
    for track, item in zip(apertures, utterances):
        for start, end in item["closures"]:
            middle = int((start + end) / 2 * FPS)
            near = track[max(0, middle - 1) : middle + 2]
            if len(near):
                closed.append(near.min() < limit)
    model, truth = np.concatenate(apertures), np.concatenate(truths)
    by_lag = {lag: np.corrcoef(np.roll(model, -lag), truth)[0, 1] for lag in range(-3, 4)}
    return float(by_lag[0]), float(np.mean(closed)), max(by_lag, key=by_lag.get)


def calibrate(net, utterances, price=0.005):
    """Sets the bias and slope of the touch head: they close the lips most often at a correlation within `price` of the best.

    The utterances are those of the training, where nearly every closure is found anyway; new sentences need the margin.
    """
    made, tried = heads(net, utterances), []
    for slope in (1.0, 1.5, 2.5):
        for bias in np.arange(-1.0, 3.6, 0.5):
            net.touch_slope.fill_(slope)
            net.touch_bias.fill_(float(bias))
            correlation, closed, _ = follow(net, made, utterances)
            tried.append({"closed": closed, "correlation": correlation, "slope": slope, "bias": float(bias)})
    enough = max(row["correlation"] for row in tried) - price
    chosen = max((row for row in tried if row["correlation"] >= enough), key=lambda row: row["closed"])
    net.touch_slope.fill_(chosen["slope"])
    net.touch_bias.fill_(chosen["bias"])
    return chosen


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--features", required=True)
    parser.add_argument("--checkpoint", required=True)
    parser.add_argument("--block", type=int, default=BLOCK, help="frames of a block")
    parser.add_argument("--look-ahead", type=int, default=LOOK_AHEAD, help="frames of audio behind a block")
    parser.add_argument("--limit", type=int, default=400, help="utterances of each kind of voice")
    args = parser.parse_args()
    torch.set_num_threads(1)
    net = averaged(args.checkpoint, AudioMotion(block=args.block, look_ahead=args.look_ahead))
    for name, held_out in (("known", False), ("unseen", True)):
        found = [u for u in load_features(args.features, held_out=held_out) if is_test(u["sentence"])]
        found = found[:: max(1, len(found) // args.limit)]
        correlation, closed, lag = follow(net, heads(net, found), found)
        print(f"{name} voices: aperture correlation {correlation:.3f}, closed on p, b, m {closed:.3f}, lag {lag} frames ({len(found)} utterances)")


if __name__ == "__main__":
    main()
