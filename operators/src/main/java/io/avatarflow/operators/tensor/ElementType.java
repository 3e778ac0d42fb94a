package io.avatarflow.operators.tensor;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Locale;

/** The element types that a tensor of a model pack may have. */
public enum ElementType {
  FLOAT32(0, 4),
  FLOAT16(1, 2),
  INT64(2, 8),
  INT32(3, 4),
  UINT8(4, 1),
  BOOL(5, 1);

  private final int code;
  private final int bytes;

  ElementType(int code, int bytes) {
    this.code = code;
    this.bytes = bytes;
  }

  /** The type's number in checkpoints; never changes. */
  public int code() {
    return code;
  }

  /** The type with that number in checkpoints. */
  public static ElementType ofCode(int code) {
    for (ElementType type : values()) {
      if (type.code == code) {
        return type;
      }
    }
    throw new IllegalArgumentException("Tensor type number %d is not known.".formatted(code));
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
