package io.avatarflow.jobs.capacity;

import io.avatarflow.jobs.capacity.CapacityProfile.Point;
import io.avatarflow.jobs.capacity.CapacityProfile.StepCost;
import java.util.List;

/** Profiles for tests; the numbers are chosen, not measured. */
final class Profiles {
  static final String DIGEST = "ab".repeat(32);

  private Profiles() {}

  /** A device that runs a batch of b rows in 2 ms + b x 1 ms, one run for a block of 80 ms. */
  static CapacityProfile withSeats(int seats) {
    return new CapacityProfile(
        CapacityProfile.NAME,
        "2 cores",
        "test",
        List.of(),
        "amd64 avx2",
        2,
        "cpu",
        1,
        "probe",
        DIGEST,
        80,
        seats,
        0.996,
        0.1,
        150_000,
        2_000_000,
        33_000,
        60_000,
        List.of(
            new StepCost(
                "denoise",
                "denoiser",
                1,
                1,
                List.of(new Point(1, 3_000), new Point(4, 6_000), new Point(16, 18_000)))));
  }
}
