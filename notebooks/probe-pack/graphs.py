"""The graphs of the probe pack: closed forms, nothing trained, but every kind of state that the contract knows."""

import numpy as np

from graph import Graph

SIZE = 64
FRAMES = 2
CHANNELS = 8  # motion: 0-3 mouth, 4 head x, 5 head y, 6 lids shut, 7 gaze
LATENT = (4, 8, 8)
SLOTS = 6
DIM = 8


def f32(*shape):
    return ("float32", list(shape))


def weights(seed, *shape, scale=1.0):
    """Fixed weights; they only spread values, they mean nothing."""
    return (np.random.default_rng(seed).standard_normal(shape) * scale / np.sqrt(shape[0])).astype(np.float32)


def audio_motion():
    """Loudness in four bands opens the mouth; the last frame is remembered to soften the next."""
    g = Graph("audio_motion", {"mel": f32(4, 160), "mouth_h": f32(4)})
    bands = np.zeros((160, 4), np.float32)
    for column in range(160):
        bands[column, column % 40 // 10] = 1 / 40
    level = g["mel"] @ bands
    loud = (3.0 * level.cut(1, 0, 2) + 0.75 * level.cut(1, 2, 4) - 1.0).sigmoid()
    mouth = 0.7 * loud + 0.3 * g["mouth_h"].unsqueeze(1)
    g.output("mouth", mouth, [FRAMES, 4])
    g.output("mouth_h_out", mouth.cut(1, 1, 2).reshape(-1, 4), [4])
    return g


def motion_context():
    """A recurrent summary of loudness and of the motion so far, with and without the audio."""
    g = Graph(
        "motion_context",
        {
            "mel": f32(4, 160),
            "energy": f32(4),
            "motion_prev": f32(4),
            "motion_h": f32(DIM),
            "motion_h_null": f32(DIM),
        },
    )
    heard = 4.0 * g["energy"] @ weights(1, 4, DIM) + g["mel"].mean(1) @ weights(2, 160, DIM)
    moved = g["motion_prev"] @ weights(3, 4, DIM)
    recur = weights(4, DIM, DIM, scale=0.9)
    cond = (heard + moved + g["motion_h"] @ recur).tanh()
    cond_null = (moved + g["motion_h_null"] @ recur).tanh()
    for name, value in (("cond", cond), ("cond_null", cond_null)):
        g.output(name, value, [DIM])
    g.output("motion_h_out", cond, [DIM])
    g.output("motion_h_null_out", cond_null, [DIM])
    return g


def motion_denoiser():
    """Head position, lids and gaze from noise and context."""
    g = Graph("motion_denoiser", {"x_t": f32(4), "t": f32(), "cond": f32(DIM), "z": f32(4)})
    clean = 1.0 - g["t"].unsqueeze(1)
    x0 = (g["cond"] @ weights(5, DIM, 4) + 0.5 * g["z"] + 0.6 * clean * g["x_t"]).tanh()
    g.output("x0", x0, [4])
    return g


def motion_assemble():
    """Mouth and drawn motion become the motion track; a uniform draw shuts the lids; the override comes last."""
    g = Graph(
        "motion_assemble",
        {
            "x0": f32(4),
            "mouth": f32(FRAMES, 4),
            "event_uniform": f32(2),
            "motion_past": f32(4),
            "expression": f32(2),
            "smoothing": f32(),
            "override": f32(FRAMES, CHANNELS),
            "override_mask": f32(FRAMES, CHANNELS),
        },
    )
    keep = 0.5 + 0.45 * g["smoothing"].unsqueeze(1)
    after = keep * g["motion_past"] + (1.0 - keep) * g["x0"]
    between = 0.5 * (g["motion_past"] + after)
    drawn = g.concat(1, between.unsqueeze(1), after.unsqueeze(1))
    shut = g.op("Less", g["event_uniform"].cut(1, 0, 1), np.float32(0.15)).cast("float32")
    weight = 0.5 + 0.5 * g["event_uniform"].cut(1, 1, 2)
    lids = (shut * weight).unsqueeze(2) * np.ones((1, FRAMES, 1), np.float32)
    smile = g["expression"].unsqueeze(1) @ np.array([[0, 0.3, 0, 0.3], [0.2, 0, 0.2, 0]], np.float32)
    mouth = (g["mouth"] + smile).clip(0, 1)
    made = g.concat(2, mouth, 0.25 * drawn.cut(2, 0, 2), lids, 0.5 * drawn.cut(2, 3, 4))
    mask = g["override_mask"]
    g.output("motion", mask * g["override"] + (1.0 - mask) * made, [FRAMES, CHANNELS])
    g.output("motion_past_out", after, [4])
    g.output("motion_prev_out", g["x0"], [4])
    return g


def flow_init():
    """How far the head moved since the last frame, in latent pixels: where the previous latent has to be looked up."""
    g = Graph("flow_init", {"motion": f32(FRAMES, CHANNELS), "motion_last": f32(CHANNELS)})
    moved = g["motion"].cut(2, 4, 6) - g["motion_last"].unsqueeze(1).cut(2, 4, 6)
    flow = (-8.0 * moved).reshape(-1, FRAMES, 2, 1, 1) * np.ones((1, 1, 1, 8, 8), np.float32)
    g.output("flow", flow, [FRAMES, 2, 8, 8])
    g.output("motion_last_out", g["motion"].cut(1, 1, 2).reshape(-1, CHANNELS), [CHANNELS])
    return g


def denoiser():
    """The latent: identity, previous latent and a read of the cache, moved by the motion, out of the noisy sample."""
    g = Graph(
        "denoiser",
        {
            "x_t": f32(FRAMES, *LATENT),
            "t": f32(),
            "motion": f32(FRAMES, CHANNELS),
            "id_den": f32(*LATENT),
            "prev_latent": f32(*LATENT),
            "kv_cache": ("float16", [2, SLOTS, DIM]),
            "kv_mask": f32(SLOTS),
        },
    )
    cache = g["kv_cache"].cast("float32")
    keys = cache.cut(1, 0, 1).reshape(-1, SLOTS, DIM)
    values = cache.cut(1, 1, 2).reshape(-1, SLOTS, DIM)
    query = g["motion"] @ weights(6, CHANNELS, DIM, scale=2.0)
    scores = query @ keys.transpose(0, 2, 1) + 1e4 * (g["kv_mask"].unsqueeze(1) - 1.0)
    read = g.op("Softmax", scores, axis=2) @ values
    spread = g.concat(2, read, g["motion"]) @ weights(7, DIM + CHANNELS, 4 * 64, scale=1.5)
    clean = (1.0 - g["t"]).reshape(-1, 1, 1, 1, 1)
    latent = (
        spread.reshape(-1, FRAMES, *LATENT)
        + 0.5 * g["id_den"].unsqueeze(1)
        + 0.4 * g["prev_latent"].unsqueeze(1)
        + (0.3 + 0.7 * clean) * g["x_t"]
    )
    g.output("x0", latent.tanh(), [FRAMES, *LATENT])
    return g


def context():
    """Two new slots of the rolling cache and the last clean latent."""
    g = Graph(
        "context",
        {
            "x0": f32(FRAMES, *LATENT),
            "motion": f32(FRAMES, CHANNELS),
            "kv_cache": ("float16", [2, SLOTS, DIM]),
            "kv_mask": f32(SLOTS),
        },
    )
    tokens = g.concat(2, g["x0"].mean(3, 4), g["motion"])
    new = g.concat(
        1,
        (tokens @ weights(8, 4 + CHANNELS, DIM)).unsqueeze(1),
        (tokens @ weights(9, 4 + CHANNELS, DIM)).unsqueeze(1),
    )
    rolled = g.concat(2, g["kv_cache"].cast("float32").cut(2, FRAMES, SLOTS), new)
    g.output("kv_cache_out", rolled.cast("float16"), [2, SLOTS, DIM], "float16")
    fresh = 0.0 * g["kv_mask"].cut(1, 0, FRAMES) + 1.0
    g.output("kv_mask_out", g.concat(1, g["kv_mask"].cut(1, FRAMES, SLOTS), fresh), [SLOTS])
    g.output("prev_latent_out", g["x0"].cut(1, 1, 2).reshape(-1, *LATENT), list(LATENT))
    return g


def decoder():
    """A face of ellipses: skin and ground are the identity's colours, the latent is its texture."""
    g = Graph(
        "decoder",
        {
            "latent": f32(FRAMES, *LATENT),
            "motion": f32(FRAMES, CHANNELS),
            "ref_image": f32(3, SIZE, SIZE),
            "ref_skin": f32(3),
            "identity_strength": f32(),
        },
    )
    y, x = np.mgrid[0:SIZE, 0:SIZE].astype(np.float32) / (SIZE / 2) - 1 + 1 / SIZE

    def channel(first, last=None):
        return g["motion"].cut(2, first, last or first + 1).mean(2).unsqueeze(2, 3)

    head_x, head_y, lids, gaze = channel(4), channel(5), channel(6), channel(7)
    px, py = x[None, None] - head_x, y[None, None] - head_y

    def ellipse(cx, cy, rx, per_ry, sharp):
        dx, dy = (px - cx) * (1 / rx), (py - cy) * per_ry
        return (sharp * (1.0 - dx * dx - dy * dy)).sigmoid()

    opening = channel(0, 4)
    head = ellipse(0.0, 0.0, 0.62, 1 / 0.8, 12.0)
    lips = ellipse(0.0, 0.38, 0.3, g.op("Reciprocal", 0.05 + 0.22 * opening), 6.0)
    eyes, irises = [], []
    for side in (-0.26, 0.26):
        eyes.append(ellipse(side, -0.18, 0.15, g.op("Reciprocal", 0.1 * (1.05 - lids)), 5.0))
        irises.append(ellipse(side + 0.1 * gaze, -0.18, 0.07, np.float32(1 / 0.07), 5.0))
    eye = eyes[0] + eyes[1]
    iris = (irises[0] + irises[1]) * eye

    texture = g.op(
        "Resize",
        g["latent"].reshape(-1, *LATENT),
        np.zeros(0, np.float32),
        np.array([1, 1, SIZE // 8, SIZE // 8], np.float32),
        mode="nearest",
        coordinate_transformation_mode="asymmetric",
        nearest_mode="floor",
    ).reshape(-1, FRAMES, 4, SIZE, SIZE)
    rgb = texture.cut(2, 0, 3)
    light = texture.cut(2, 3, 4)

    strength = g["identity_strength"].reshape(-1, 1, 1, 1, 1)
    skin = strength * g["ref_skin"].reshape(-1, 1, 3, 1, 1) + (1.0 - strength) * 0.5
    ground = g["ref_image"].unsqueeze(1) * 0.5

    def over(mask, front, back):
        mask = mask.unsqueeze(2)
        return mask * front + (1.0 - mask) * back

    face = skin * (1.0 + 0.15 * light) + 0.12 * rgb
    face = over(lips, np.array([0.25, 0.05, 0.08], np.float32).reshape(1, 1, 3, 1, 1), face)
    face = over(eye, np.full((1, 1, 3, 1, 1), 0.95, np.float32), face)
    face = over(iris, np.full((1, 1, 3, 1, 1), 0.1, np.float32), face)
    picture = (over(head, face, ground) * 255.0).clip(0, 255)
    frames = g.op("Round", picture).cast("uint8").transpose(0, 1, 3, 4, 2)
    g.output("frames", frames, [FRAMES, SIZE, SIZE, 3], "uint8")
    return g


def planes(g):
    """The reference picture as float planes in 0 to 1."""
    return (g["image"].cast("float32") * (1 / 255)).transpose(0, 3, 1, 2)


def reference_denoise():
    """The reference at latent size: colours and brightness, centred."""
    g = Graph("reference_denoise", {"image": ("uint8", [SIZE, SIZE, 3])})
    small = g.op("AveragePool", planes(g), kernel_shape=[8, 8], strides=[8, 8])
    g.output("id_den", g.concat(1, small, small.mean(1, keep=True)) * 2.0 - 1.0, list(LATENT))
    return g


def reference_render():
    """The reference at picture size, and the mean colour of its middle."""
    g = Graph("reference_render", {"image": ("uint8", [SIZE, SIZE, 3])})
    picture = planes(g)
    g.output("ref_image", picture, [3, SIZE, SIZE])
    g.output("ref_skin", picture.cut(2, 28, 36).cut(3, 28, 36).mean(2, 3), [3])
    return g


ALL = [
    audio_motion,
    motion_context,
    motion_denoiser,
    motion_assemble,
    flow_init,
    denoiser,
    context,
    decoder,
    reference_denoise,
    reference_render,
]
