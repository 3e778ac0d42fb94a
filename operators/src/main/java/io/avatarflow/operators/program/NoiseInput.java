package io.avatarflow.operators.program;

import io.avatarflow.operators.diffusion.NoiseStream;
import io.avatarflow.operators.pack.PackManifest.Noise;
import io.avatarflow.operators.pack.TensorType;
import io.avatarflow.operators.tensor.ElementType;
import io.avatarflow.operators.tensor.Tensor;

/** A noise tensor of the manifest with its address. */
record NoiseInput(NoiseStream stream, boolean uniform, TensorType type) {

  static NoiseInput of(NoiseStream stream, String name, Noise noise) {
    boolean uniform =
        switch (noise.distribution()) {
          case "uniform" -> true;
          case "normal" -> false;
          default ->
              throw new IllegalArgumentException(
                  "noise \"%s\" has distribution \"%s\"; use normal or uniform"
                      .formatted(name, noise.distribution()));
        };
    return new NoiseInput(stream, uniform, TensorType.of(ElementType.FLOAT32, noise.rowShape()));
  }

  Tensor draw(BlockRun run, int step) {
    float[] values = new float[type.size()];
    if (uniform) {
      run.noise().uniform(stream, run.block().index(), step, 0, values);
    } else {
      run.noise().normal(stream, run.block().index(), step, 0, values);
    }
    return Tensor.ofFloats(type.dimensions(), values);
  }
}
