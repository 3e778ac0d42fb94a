package io.avatarflow.jobs.cli;

import java.util.List;

/**
 * What a command logs: nothing, since errors reach the person as one line, or all of note with
 * {@code -v}.
 *
 * <p>Levels are system properties that {@code log4j2.properties} reads: Flink loads parts of itself
 * in class loaders of their own, whose logging no call from here would reach.
 */
final class Logging {
  private Logging() {}

  /** Has to run before the first logger is made. */
  static void configure(String... args) {
    List<String> words = List.of(args);
    boolean verbose = words.contains("-v") || words.contains("--verbose");
    System.setProperty("avatarflow.log.level", verbose ? "info" : "off");
    System.setProperty("avatarflow.log.libraries", verbose ? "warn" : "off");
  }
}
