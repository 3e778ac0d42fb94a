package io.avatarflow.jobs.capacity;

import io.avatarflow.operators.modelled.DeviceProfileFile;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Profiles for tests; the numbers are chosen, not measured. */
public final class Profiles {
  static final String DIGEST = "ab".repeat(32);

  private Profiles() {}

  /** A device that runs a batch of b rows in 2 ms + b x 1 ms, one run for a block of 80 ms. */
  public static CapacityProfile withSeats(int seats) {
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
        150_000,
        2_000_000,
        33_000,
        60_000,
        200,
        List.of(
            new DeviceProfileFile.Stage(
                "denoise", 1, 1, 1, 16, new TreeMap<>(Map.of(1, 3.0, 4, 6.0, 16, 18.0)))));
  }
}
