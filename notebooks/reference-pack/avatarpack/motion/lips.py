"""How well the mouth follows the speech: aperture correlation and closed lips on p, b and m."""

import numpy as np
import torch

from avatarpack.motion.audio_net import blocks_with_look_ahead
from avatarpack.speech.logmel import FPS, SILENCE
from avatarpack.speech.mouth import aperture

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
