import copy
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from avatarpack.motion.audio_net import AudioMotion, AudioMotionStep, blocks_with_look_ahead
from avatarpack.motion.calibrate import calibrate
from avatarpack.motion.diffusion import ORDER, SIZE, WIDTH, MotionModel, ancestral, alpha_sigma
from avatarpack.motion.graphs import OUTPUT, MotionAssemble, MotionContext
from avatarpack.motion.hearing import hear
from avatarpack.motion.scores import energy_score, event_labels
from avatarpack.motion.stage import Settings, free_runs, initial_state
from avatarpack.motion.teacher import CHANNELS, TEMPLATES, perform
from avatarpack.motion.training import Run, averaged
from avatarpack.requirements import MissingRequirement, require_programs, require_space

torch.set_num_threads(1)


@pytest.fixture(scope="module")
def model():
    torch.manual_seed(0)
    made = MotionModel()
    rng = np.random.default_rng(0)
    energy = np.clip(rng.random(3000), 0, 1)
    performances = [perform(energy, np.ones(3000), rng) for _ in range(6)]
    values = torch.from_numpy(np.stack([p.values for p in performances]))
    made.normalizer.fit(values)
    made.normalizer.fit_gaze(values, torch.from_numpy(np.stack([p.fixation_starts for p in performances])))
    return made.eval()


def _inputs(batch=3):
    g = torch.Generator().manual_seed(1)
    state = initial_state(batch)
    return {
        "x0": torch.randn(batch, SIZE, generator=g),
        "mouth": torch.rand(batch, 2, 16, generator=g),
        "speech": torch.rand(batch, 2, generator=g),
        "event_logits": torch.tensor([9.0, -9.0, -9.0]).repeat(batch, 1),
        "gaze_logits": torch.tensor([9.0, -9.0, -9.0]).repeat(batch, 1),
        "event_uniform": torch.full((batch, 2), 0.5),
        "gaze_uniform": torch.full((batch, 1), 0.5),
        "motion_past": torch.randn(batch, ORDER, len(CHANNELS), generator=g) * 0.3 * (torch.arange(len(CHANNELS)) > 0),
        "blink_state": state["blink_state"],
        "smooth_past": state["smooth_past"],
        "expression": torch.zeros(batch, 2),
        "smoothing": torch.zeros(batch),
        "override": torch.zeros(batch, 2, OUTPUT),
        "override_mask": torch.zeros(batch, 2, OUTPUT),
    }


def test_one_step_of_the_audio_graph_equals_the_trained_sequence():
    torch.manual_seed(2)
    net = AudioMotion().eval()
    mel = torch.randn(2, 22, 160)
    blocks = blocks_with_look_ahead(mel)
    whole, _ = net(blocks, torch.zeros(1, 2, net.width))
    step, state = AudioMotionStep(net), torch.zeros(2, net.width)
    for n in range(blocks.shape[1]):
        mouth, state = step(blocks[:, n], state)
        assert torch.allclose(mouth, whole[:, n], atol=1e-5)


def test_one_step_of_the_context_equals_the_trained_sequence(model):
    heard, previous = torch.randn(2, 5, 89), torch.randn(2, 5, SIZE)
    whole, _ = model.context(heard, previous, torch.zeros(1, 2, WIDTH))
    state = torch.zeros(2, WIDTH)
    for n in range(5):
        cond, state = model.context_step(heard[:, n], previous[:, n], state)
        assert torch.allclose(cond, whole[:, n], atol=1e-5)


def test_what_is_heard_does_not_depend_on_the_gain():
    energy = torch.rand(1, 4) * 0.1 + 0.05
    mel = torch.zeros(1, 4, 160)
    state_quiet = state_loud = torch.zeros(1, 3)
    for _ in range(60):
        _, quiet, state_quiet = hear(mel, energy, state_quiet)
        _, loud, state_loud = hear(mel, 3 * energy, state_loud)
    assert torch.allclose(quiet, loud, atol=0.05)


def test_steady_noise_is_not_speech_and_speech_is():
    state, mel = torch.zeros(1, 3), torch.zeros(1, 4, 160)
    for _ in range(400):
        features, loudness, state = hear(mel, torch.full((1, 4), 0.004), state)
    assert loudness.max() < 0.1 and features[..., -1].max() < 0.1
    features, loudness, state = hear(mel, torch.tensor([[0.1, 0.2, 0.15, 0.1]]), state)
    assert features[..., -1].max() == 1


def test_the_prediction_continues_a_straight_line(model):
    past = (0.1 * torch.tensor([3.0, 2.0, 1.0, 0.0]))[:, None].repeat(1, len(CHANNELS))
    ahead = model.normalizer.predict(past)
    assert (ahead[:, 9] - torch.tensor([0.4, 0.5])).abs().max() < 0.06
    assert torch.allclose(ahead[:, 6], torch.tensor([0.3, 0.3]))


def test_the_ancestral_step_keeps_the_marginal_of_the_forward_process():
    torch.manual_seed(3)
    clean = torch.full((200000,), 0.7)
    alpha, sigma = alpha_sigma(torch.tensor(0.8))
    noisy = alpha * clean + sigma * torch.randn_like(clean)
    moved = ancestral(noisy, clean, 0.8, 0.3, torch.randn_like(clean))
    alpha, sigma = alpha_sigma(torch.tensor(0.3))
    assert abs(moved.mean() - alpha * 0.7) < 0.005 and abs(moved.std() - sigma) < 0.005


def test_the_energy_score_is_least_for_the_true_spread():
    torch.manual_seed(4)
    truth = torch.randn(40000, 2)
    scores = [energy_score(s * torch.randn_like(truth), s * torch.randn_like(truth), truth).mean() for s in (0.2, 1.0, 2.0)]
    assert scores[1] < scores[0] and scores[1] < scores[2]


def test_event_labels_say_at_which_frame_of_the_block():
    starts = torch.tensor([[False, False, True, False, False, True]])
    assert event_labels(starts).tolist() == [[0, 1, 2]]


def test_without_events_the_gaze_holds_and_the_lids_stay_open(model):
    motion, past, *_ = MotionAssemble(model.normalizer)(**_inputs())
    before = _inputs()["motion_past"]
    assert torch.allclose(past[:, 0, 6:8], before[:, 0, 6:8]) and motion[..., 16:18].abs().max() == 0


def test_a_blink_plays_its_whole_template(model):
    assemble, lids = MotionAssemble(model.normalizer), []
    inputs = _inputs(1)
    inputs["event_uniform"][:, 1] = 0.5
    for block in range(5):
        inputs["event_logits"] = torch.tensor([[-9.0, -9.0, 9.0]]) if block == 0 else torch.tensor([[9.0, -9.0, -9.0]])
        motion, inputs["motion_past"], _, inputs["blink_state"], inputs["smooth_past"] = assemble(**inputs)
        lids += motion[0, :, 16].tolist()
    assert lids == pytest.approx([0, *TEMPLATES[2], 0, 0, 0, 0])


def test_a_gaze_has_normal_scores_and_they_give_it_back(model):
    normalizer = model.normalizer
    gaze = normalizer.gaze_values[:, 5:-5].T
    assert torch.allclose(normalizer.gaze_of_scores(normalizer.gaze_scores(gaze)), gaze, atol=1e-4)


def test_hardly_any_drawn_gaze_rests_between_the_camera_and_a_look_aside(model):
    normalizer = model.normalizer
    scores = torch.randn(4000, 2, generator=torch.Generator().manual_seed(3))
    across = normalizer.gaze_of_scores(scores)[:, 0] * normalizer.deviation[6] + normalizer.mean[6]
    assert ((across.abs() > 0.05) & (across.abs() < 0.09)).float().mean() < 0.03
    assert 0.2 < (across.abs() > 0.09).float().mean() < 0.5


def test_calibrated_scores_have_mean_zero_and_deviation_one(model):
    tracks = SimpleNamespace(run=None)
    torch.manual_seed(4)
    drawn = torch.randn(300, SIZE) * 0.7 + 0.1

    def run(parts, runs, steps):
        for hook in parts["motion_assemble"]._forward_pre_hooks.values():
            hook(None, (drawn, None, None, None, torch.zeros(300, 3)))

    tracks.run = run
    own = copy.deepcopy(model)
    centre, spread = calibrate(own, AudioMotion(), tracks)
    scores = (drawn.unflatten(1, (2, -1))[..., 6:8].mean(1) - centre) / spread
    assert torch.allclose(scores.mean(0), torch.zeros(2), atol=1e-5) and torch.allclose(scores.std(0), torch.ones(2), atol=1e-2)
    assert torch.allclose(own.normalizer.gaze_of_scores(centre), model.normalizer.gaze_of_scores(torch.zeros(2)), atol=1e-6)


def test_eyes_turn_against_the_head_to_hold_the_gaze(model):
    motion, past, *_ = MotionAssemble(model.normalizer)(**_inputs())
    values = past[:, 0] * model.normalizer.deviation + model.normalizer.mean
    across = (motion[:, 1, 22] + motion[:, 1, 25]).clamp(-0.5, 0.5)
    inside = motion[:, 1, 22].abs() < 0.34
    assert torch.allclose(across[inside], values[:, 6][inside], atol=1e-5)


def test_the_override_wins_and_the_state_follows_it(model):
    inputs = _inputs()
    inputs["expression"], inputs["smoothing"] = torch.ones(3, 2), torch.full((3,), 0.7)
    inputs["override"][:, :, 25], inputs["override_mask"][:, :, 25] = 0.12, 1
    inputs["override"][:, :, 0], inputs["override_mask"][:, :, 0] = 0.5, 1
    motion, past, previous, _, smooth = MotionAssemble(model.normalizer)(**inputs)
    assert (motion[..., 25] == 0.12).all() and (motion[..., 0] == 0.5).all() and (smooth[:, 25] == 0.12).all()
    yaw = past[:, :2, 9] * model.normalizer.deviation[9] + model.normalizer.mean[9]
    assert torch.allclose(yaw, torch.full_like(yaw, 0.12), atol=1e-5)
    assert torch.equal(previous, past[:, :2].flip(1).reshape(3, SIZE))


def test_a_constant_expression_does_not_feed_on_itself(model):
    inputs = _inputs()
    _, neutral, *_ = MotionAssemble(model.normalizer)(**inputs)
    inputs["expression"] = torch.tensor([[1.0, 0.5]] * 3)
    _, glad, *_ = MotionAssemble(model.normalizer)(**inputs)
    assert torch.allclose(neutral, glad, atol=1e-6)


def test_the_guard_bounds_any_sample(model):
    inputs = _inputs()
    inputs["x0"] = inputs["x0"] * 1e6
    motion, past, *_ = MotionAssemble(model.normalizer)(**inputs)
    assert (past[:, :2] >= model.normalizer.low - 1e-5).all() and (past[:, :2] <= model.normalizer.high + 1e-5).all()
    assert motion.abs().max() <= 1


def test_a_session_does_not_depend_on_its_neighbours(model):
    context = MotionContext(model)
    state = initial_state(3)
    g = torch.Generator().manual_seed(6)
    mel, energy = torch.randn(3, 4, 160, generator=g), torch.rand(3, 4, generator=g)
    names = ("motion_prev", "motion_h", "motion_h_null", "voice_h")
    whole = context(mel, energy, *(state[n] for n in names))
    alone = context(mel[1:2], energy[1:2], *(state[n][1:2] for n in names))
    for a, b in zip(whole, alone):
        assert torch.allclose(a[1:2], b, atol=1e-6)


def test_equal_seeds_repeat_and_other_seeds_differ(model):
    torch.manual_seed(8)
    parts = {
        "audio_motion": AudioMotionStep(AudioMotion().eval()),
        "motion_context": MotionContext(model),
        "motion_denoiser": lambda x, t, c, z: model.denoise(x, t, c, z) + x,
        "motion_assemble": MotionAssemble(model.normalizer),
    }
    mel, energy = torch.zeros(1, 42, 160), torch.rand(1, 42) * 0.1
    first, again, other = (next(free_runs(parts, mel, energy, [Settings(seed=s)]))[0] for s in (1, 1, 2))
    assert np.array_equal(first, again) and np.abs(first - other).max() > 1e-3


def test_a_resumed_run_goes_on_where_it_stopped(tmp_path):
    def run_of(minutes):
        return Run(tmp_path / "net.pt", torch.nn.Linear(2, 1), minutes, 1e-2)

    run = run_of(1.0)
    for _ in range(3):
        run.step((run.network(torch.ones(4, 2)) ** 2).mean(), {})
    run.save()
    resumed = run_of(1.0)
    assert resumed.steps == 3 and resumed.trained == pytest.approx(run.trained)
    assert torch.equal(resumed.network.weight, run.network.weight)
    assert torch.equal(averaged(tmp_path / "net.pt", torch.nn.Linear(2, 1)).weight, run.average["weight"])


def test_a_missing_program_and_a_full_disk_are_told_in_one_sentence(tmp_path):
    with pytest.raises(MissingRequirement, match='"no-such-speaker" is not on the PATH'):
        require_programs("no-such-speaker")
    with pytest.raises(MissingRequirement, match="MiB are needed"):
        require_space(tmp_path / "new", 10**9)
