package io.avatarflow.operators.pack;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/** The words of a manifest that stand for the constants of an enum: their names in lower case. */
final class ManifestWord {
  private ManifestWord() {}

  static String of(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT);
  }

  /**
   * The constant that a word stands for.
   *
   * @throws IllegalArgumentException if there is none, with those that there are
   */
  static <E extends Enum<E>> E read(Class<E> type, String word) {
    List<E> constants = Arrays.asList(type.getEnumConstants());
    return constants.stream()
        .filter(constant -> of(constant).equals(word))
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "it is \"%s\"; use one of %s"
                        .formatted(
                            word,
                            String.join(", ", constants.stream().map(ManifestWord::of).toList()))));
  }
}
