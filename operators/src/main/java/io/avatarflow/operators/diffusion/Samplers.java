package io.avatarflow.operators.diffusion;

import java.util.List;

/** The samplers of the engine, by the names that manifests and session parameters use. */
public final class Samplers {
  /** One of each. */
  public static final List<DiffusionSampler> ALL =
      List.of(
          new DdpmSampler(),
          new DdimSampler(),
          new EulerSampler(),
          new DpmSolverPlusPlus2mSampler(),
          new LcmSampler());

  private Samplers() {}

  /** The sampler of that name; an unknown name is an {@link IllegalArgumentException}. */
  public static DiffusionSampler of(String name) {
    for (DiffusionSampler sampler : ALL) {
      if (sampler.name().equals(name)) {
        return sampler;
      }
    }
    throw new IllegalArgumentException(
        "Sampler \"%s\" is not known; use ddpm, ddim, euler, dpmpp-2m or lcm.".formatted(name));
  }
}
