import statistics

from avatarpack.noise import normal, philox_4x32_10, uniform


def test_philox_answers_the_published_vector():
    counter = [0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344]
    assert philox_4x32_10(counter, [0xA4093822, 0x299F31D0]) == [0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1]


def test_numbers_have_the_moments_of_their_distribution():
    address = {"digest": "00", "seed": 1, "stage": "motion", "tensor": "z", "block": 5, "step": 0}
    drawn = [normal(e, **address) for e in range(4000)]
    assert abs(statistics.fmean(drawn)) < 0.05
    assert abs(statistics.stdev(drawn) - 1) < 0.05
    assert all(0 < uniform(e, **address) < 1 for e in range(4000))
