"""The modules that become the pack's motion graphs. Each maps named tensors of one block to named tensors.

Batch axis first everywhere; no module draws random numbers: noise and uniforms are inputs.
"""

import torch
from torch import nn

from avatarpack.motion.audio_net import BLOCK
from avatarpack.motion.diffusion import SIZE, with_null_flag
from avatarpack.motion.hearing import hear
from avatarpack.motion.teacher import BLINK, CHANNELS, GAZE, PITCH, TEMPLATES, YAW
from avatarpack.speech.phones import INDEX, MOUTH

OUTPUT = 32
_BLINKS, _BROWS, _SQUINT, _GAZE, _POSE, _SHIFT, _CHEEK = (16, 17), (18, 19, 20), 21, (22, 23), (24, 25, 26), (27, 28), 30
LIDS_FOLLOW = 0.10
LIMITS = {22: 0.35, 23: 0.22, 24: 0.26, 25: 0.26, 26: 0.20, 27: 0.6, 28: 0.4}
_TEMPLATE_ROOM = 8

# Output channel of every smooth process channel; blink and gaze are handled on their own.
PLACES = {1: 18, 2: 19, 3: 20, 4: 21, 5: 30, 8: 24, 9: 25, 10: 26, 11: 27, 12: 28}

# How much a smoothing of 1 keeps of the frame before, by output channel. Lids are never smoothed: they would not close.
_SMOOTHING = [0.5] * len(MOUTH) + [0.0] * 2 + [0.8] * 4 + [0.6] * 2 + [0.92] * 5 + [0.8] * 2 + [0.0]

# Offsets at full expression: (channel, weight) for positive and negative valence, positive and negative arousal.
_EXPRESSION = {
    "glad": ((INDEX["mouthSmile"], 0.50), (_CHEEK, 0.30), (_SQUINT, 0.10), (18, 0.05)),
    "sad": ((INDEX["mouthFrown"], 0.45), (18, 0.30), (19, 0.22), (INDEX["mouthShrugLower"], 0.15)),
    "awake": ((18, 0.22), (20, 0.30)),
    "tired": ((16, 0.14), (17, 0.14), (24, 0.05)),
}
_AROUSAL_ON_MOUTH = 0.3


class MotionContext(nn.Module):
    """Hearing and memory: what the denoiser is conditioned on, with and without the audio, and the event logits."""

    def __init__(self, model):
        super().__init__()
        self.model = model

    def forward(self, mel, energy, motion_prev, motion_h, motion_h_null, voice_h):
        heard, loudness, voice_h = hear(mel, energy, voice_h)
        heard = heard.flatten(1)
        no, yes = torch.zeros_like(voice_h[:, :1]), torch.ones_like(voice_h[:, :1])
        cond, motion_h = self.model.context_step(with_null_flag(heard, no), motion_prev, motion_h)
        cond_null, motion_h_null = self.model.context_step(with_null_flag(heard, yes), motion_prev, motion_h_null)
        return (
            cond,
            cond_null,
            self.model.blink(cond),
            self.model.fixation(cond),
            loudness[:, :BLOCK],
            motion_h,
            motion_h_null,
            voice_h,
        )


class MotionDenoiser(nn.Module):
    def __init__(self, model):
        super().__init__()
        self.model = model

    def forward(self, x_t, t, cond, z):
        return self.model.denoise(x_t, t, cond, z)


def _fires(logits, uniform):
    """Whether the event begins at the first and at the second frame, [B] each as 0/1."""
    chance = torch.softmax(logits, -1)
    first = (uniform < chance[:, 1]).float()
    second = (uniform < chance[:, 1] + chance[:, 2]).float() * (1 - first)
    return first, second


class MotionAssemble(nn.Module):
    """From the sample to the motion that leaves the stage.

    Range guard, linear prediction + innovation, gaze that holds until a fixation begins, blink templates, eye-in-head,
    expression, smoothing, and the override last; the state then follows what was emitted.
    """

    def __init__(self, normalizer):
        super().__init__()
        self.normalizer = normalizer
        table = torch.zeros(len(TEMPLATES), _TEMPLATE_ROOM)
        for i, template in enumerate(TEMPLATES):
            table[i, : len(template)] = torch.tensor(template)
        self.register_buffer("table", table)
        self.register_buffer("lengths", torch.tensor([float(len(t)) for t in TEMPLATES]))
        self.register_buffer("template_numbers", torch.arange(len(TEMPLATES)).float())
        self.register_buffer("positions", torch.arange(_TEMPLATE_ROOM).float())
        self.register_buffer("keep", torch.tensor(_SMOOTHING))
        self.register_buffer("to_output", _matrix(PLACES))
        limit = torch.full((OUTPUT,), 1.0)
        floor = torch.zeros(OUTPUT)
        for channel, value in LIMITS.items():
            limit[channel], floor[channel] = value, -value
        self.register_buffer("limit", limit)
        self.register_buffer("floor", floor)
        for name, offsets in _EXPRESSION.items():
            row = torch.zeros(OUTPUT)
            for channel, value in offsets:
                row[channel] = value
            self.register_buffer(name, row)
        mouth = torch.zeros(OUTPUT)
        moves = ("jaw", "mouthLower", "mouthUpper", "mouthFunnel")
        mouth[: len(MOUTH)] = torch.tensor([float(name.startswith(moves)) for name in MOUTH])
        self.register_buffer("speaking_shapes", mouth)

    def forward(
        self,
        x0,
        mouth,
        speech,
        event_logits,
        gaze_logits,
        event_uniform,
        gaze_uniform,
        motion_past,
        blink_state,
        smooth_past,
        expression,
        smoothing,
        override,
        override_mask,
    ):
        frames = self._process(x0, motion_past, gaze_logits, gaze_uniform)
        blinks, states = self._blinks(event_logits, event_uniform, blink_state)
        offset, gain = self._expression(expression)
        emitted, standard = [], []
        past, blink_state = smooth_past, states[-1]
        for f in range(BLOCK):
            past, follows = self._emit(
                frames[f], blinks[f], mouth[:, f], speech[:, f : f + 1], offset, gain, past, smoothing, override[:, f], override_mask[:, f]
            )
            emitted.append(past)
            standard.append(follows)
            if f == BLOCK - 1:
                blink_state = blink_state * (1 - override_mask[:, f, 16:17] * override_mask[:, f, 17:18])
        motion = torch.stack(emitted, 1)
        newest = torch.stack(standard[::-1], 1)
        motion_past = torch.cat([newest, motion_past[:, :-BLOCK]], 1)
        return motion, motion_past, torch.stack(standard, 1).reshape(-1, SIZE), blink_state, past

    def _emit(self, process, blink, mouth, speech, offset, gain, past, smoothing, override, mask):
        """The 32 output channels of one frame, and the process state that follows from them; `past` is the frame before."""
        values = process * self.normalizer.deviation + self.normalizer.mean
        plain = self._output(values, blink, mouth, speech)
        expressed = torch.minimum(torch.maximum(plain * gain + offset, self.floor), self.limit)
        keep = self.keep * smoothing[:, None]
        smooth = keep * past + (1 - keep) * expressed
        out = mask * override + (1 - mask) * smooth
        return out, self._follow(values, blink, out, mask, offset)

    def _process(self, x0, motion_past, gaze_logits, gaze_uniform):
        """Both frames of the process in standard units, [B, 13] each; the blink channel is left at its last value."""
        normal = self.normalizer
        innovation = x0.reshape(-1, BLOCK, len(CHANNELS))
        target = normal.gaze_of_scores(innovation[:, :, list(GAZE)].mean(1))
        bounded = torch.minimum(torch.maximum(innovation, -normal.jump), normal.jump)
        drawn = normal.predict(motion_past) + bounded * normal.residual
        drawn = torch.minimum(torch.maximum(drawn, normal.low), normal.high)
        first, second = _fires(gaze_logits, gaze_uniform[:, 0])
        gaze, at = list(GAZE), motion_past[:, 0]
        frames = []
        for f, fires in enumerate((first, second)):
            look = fires[:, None] * target + (1 - fires[:, None]) * at[:, gaze]
            at = torch.cat([at[:, : gaze[0]], look, at[:, gaze[1] + 1 :]], 1)
            frames.append(torch.cat([at[:, :1], drawn[:, f, 1 : gaze[0]], look, drawn[:, f, gaze[1] + 1 :]], 1))
        return frames

    def _blinks(self, logits, uniform, state):
        """Lid closure [B, 1] of both frames and the state after each; state = (template, next position; 0 = no blink)."""
        starts = _fires(logits, uniform[:, 0])
        fresh = torch.floor(uniform[:, 1:2] * len(TEMPLATES)).clamp(max=len(TEMPLATES) - 1)
        template, position = state[:, 0:1], state[:, 1:2]
        closures, states = [], []
        for begins in starts:
            idle = (position < 0.5).float()
            begin = begins[:, None] * idle
            template = begin * fresh + (1 - begin) * template
            position = begin + (1 - begin) * position
            which = ((template - self.template_numbers).abs() < 0.5).float()
            place = ((position - 1 - self.positions).abs() < 0.5).float()
            closures.append(((which @ self.table) * place).sum(1, keepdim=True))
            length = (which * self.lengths).sum(1, keepdim=True)
            running = (position > 0.5).float() * (position < length - 0.5).float()
            position = running * (position + 1)
            template = running * template
            states.append(torch.cat([template, position], 1))
        return closures, states

    def _expression(self, expression):
        valence, arousal = expression[:, 0:1].clamp(-1, 1), expression[:, 1:2].clamp(-1, 1)
        offset = (
            valence.clamp(min=0) * self.glad
            + (-valence).clamp(min=0) * self.sad
            + arousal.clamp(min=0) * self.awake
            + (-arousal).clamp(min=0) * self.tired
        )
        return offset, 1 + _AROUSAL_ON_MOUTH * arousal * self.speaking_shapes

    def _output(self, values, blink, mouth, speech):
        """The 32 output channels of one frame before expression; the eyes turn in the head to where the gaze is."""
        yaw, pitch = values[:, YAW : YAW + 1], values[:, PITCH : PITCH + 1]
        across = values[:, GAZE[0] : GAZE[0] + 1] - yaw
        up = values[:, GAZE[1] : GAZE[1] + 1] + pitch - LIDS_FOLLOW * blink
        rest = values @ self.to_output
        out = torch.cat([mouth, blink, blink, rest[:, 18:22], across, up, rest[:, 24:31], speech], 1)
        return torch.minimum(torch.maximum(out, self.floor), self.limit)

    def _follow(self, values, blink, out, mask, offset):
        """The process state [B, 13], standard units, after an override: it goes on from what was emitted."""
        shown = out - offset
        place = self.to_output.T
        smooth = (shown @ place) * (mask @ place) + values * (1 - mask @ place)
        lids = shown[:, 16:18].mean(1, keepdim=True)
        lids_mask = mask[:, 16:17] * mask[:, 17:18]
        lid = lids_mask * lids + (1 - lids_mask) * blink
        across = out[:, 22:23] + smooth[:, YAW : YAW + 1]
        up = out[:, 23:24] - smooth[:, PITCH : PITCH + 1] + LIDS_FOLLOW * lid
        look = torch.cat([across, up], 1)
        gaze_mask = mask[:, 22:24]
        look = gaze_mask * look + (1 - gaze_mask) * smooth[:, GAZE[0] : GAZE[1] + 1]
        joined = torch.cat([lid, smooth[:, 1 : GAZE[0]], look, smooth[:, GAZE[1] + 1 :]], 1)
        normal = self.normalizer
        return torch.minimum(torch.maximum(normal.standard(joined), normal.low), normal.high)


def _matrix(places):
    matrix = torch.zeros(len(CHANNELS), OUTPUT)
    for process, output in places.items():
        matrix[process, output] = 1.0
    return matrix
