package io.avatarflow.operators.pack;

import java.util.List;

/**
 * A pack is refused; the message is one sentence that says what, where, the limit and what to do.
 */
public final class PackException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final transient List<String> problems;

  public PackException(String sentence) {
    this(List.of(sentence), null);
  }

  public PackException(String sentence, Throwable cause) {
    this(List.of(sentence), cause);
  }

  private PackException(List<String> problems, Throwable cause) {
    super(problems.size() == 1 ? problems.get(0) : summary(problems), cause);
    this.problems = List.copyOf(problems);
  }

  /** Refuses a pack for one or more reasons; the message is the first and says how many follow. */
  static PackException of(List<String> problems) {
    return new PackException(problems, null);
  }

  private static String summary(List<String> problems) {
    int more = problems.size() - 1;
    return "%s (and %d more problem%s; `avatarflow pack verify` lists them all)"
        .formatted(problems.get(0), more, more == 1 ? "" : "s");
  }

  /** Every problem that was found, a sentence each. */
  public List<String> problems() {
    return problems == null ? List.of(getMessage()) : problems;
  }
}
