package io.avatarflow.operators.tensor;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Locale;

/** The element types that a tensor of a model pack may have. */
public enum ElementType {
  FLOAT32(4),
  FLOAT16(2),
  INT64(8),
  INT32(4),
  UINT8(1),
  BOOL(1);

  private final int bytes;

  ElementType(int bytes) {
    this.bytes = bytes;
  }

  /** Size of one element in bytes. */
  public int bytes() {
    return bytes;
  }

  /** The manifest's spelling, for example {@code float32}. */
  @JsonValue
  public String manifestName() {
    return name().toLowerCase(Locale.ROOT);
  }

  @JsonCreator
  static ElementType of(String manifestName) {
    for (ElementType type : values()) {
      if (type.manifestName().equals(manifestName)) {
        return type;
      }
    }
    throw new IllegalArgumentException(
        "Tensor type \"%s\" is not known; use float32, float16, int64, int32, uint8 or bool."
            .formatted(manifestName));
  }
}
