package io.avatarflow.operators.pack;

import io.avatarflow.operators.pack.PackManifest.State;
import io.avatarflow.operators.pack.PackManifest.TensorSpec;
import io.avatarflow.operators.tensor.ElementType;
import java.util.Arrays;
import java.util.List;

/**
 * Element type and shape of a tensor without its batch axis.
 *
 * @param type the element type
 * @param shape the axes
 */
record TensorType(ElementType type, List<Integer> shape) {
  static TensorType of(ElementType type, int... shape) {
    return new TensorType(type, Arrays.stream(shape).boxed().toList());
  }

  static TensorType of(TensorSpec spec) {
    return of(spec.type(), spec.rowShape());
  }

  static TensorType of(State state) {
    return of(state.type(), state.rowShape());
  }

  @Override
  public String toString() {
    return type.manifestName() + " " + shape;
  }
}
