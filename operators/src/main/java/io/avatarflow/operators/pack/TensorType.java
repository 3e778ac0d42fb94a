package io.avatarflow.operators.pack;

import io.avatarflow.operators.pack.PackManifest.State;
import io.avatarflow.operators.pack.PackManifest.TensorSpec;
import io.avatarflow.operators.tensor.ElementType;
import io.avatarflow.operators.tensor.Tensor;
import java.util.Arrays;
import java.util.List;

/**
 * Element type and shape of a tensor without its batch axis.
 *
 * @param type the element type
 * @param shape the axes
 */
public record TensorType(ElementType type, List<Integer> shape) {
  public TensorType {
    shape = List.copyOf(shape);
  }

  /** A type by its axes. */
  public static TensorType of(ElementType type, int... shape) {
    return new TensorType(type, Arrays.stream(shape).boxed().toList());
  }

  /** What one row of a graph's tensor is. */
  public static TensorType of(TensorSpec spec) {
    return of(spec.type(), spec.rowShape());
  }

  /** What a canonical state is. */
  public static TensorType of(State state) {
    return of(state.type(), state.rowShape());
  }

  /** The axes as an array of its own. */
  public int[] dimensions() {
    return shape.stream().mapToInt(Integer::intValue).toArray();
  }

  /** Number of elements. */
  public int size() {
    return Math.toIntExact(Tensor.elements(dimensions()));
  }

  @Override
  public String toString() {
    return type.manifestName() + " " + shape;
  }
}
