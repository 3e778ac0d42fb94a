package io.avatarflow.operators.pack;

import java.util.List;

/** Collects what is wrong with one pack, a sentence each. */
@SuppressWarnings("AnnotateFormatMethod")
final class Problems {
  private final String pack;
  private final List<String> sentences;

  Problems(String pack, List<String> sentences) {
    this.pack = pack;
    this.sentences = sentences;
  }

  /** Adds a sentence; the pack's name is put before it. */
  void add(String format, Object... arguments) {
    sentences.add("Pack \"" + pack + "\": " + format.formatted(arguments));
  }

  /** Adds the sentence if the condition does not hold. */
  boolean require(boolean condition, String format, Object... arguments) {
    if (!condition) {
      add(format, arguments);
    }
    return condition;
  }

  void addAll(List<String> others) {
    sentences.addAll(others);
  }
}
