package io.avatarflow.jobs.bench;

import java.util.Locale;

/**
 * What a soak watches for growth, and how much of it is none yet.
 *
 * <p>A bound is what medians of two windows of a healthy hour stay well below, and what a leak does
 * not. In the forty minutes between those windows 24 sessions get 1.4 million pictures and twice as
 * many packets of sound, and hundreds of sessions come and go: the smallest object for each picture
 * would be 34 MiB of heap or, as a number in a session's state, megabytes of state; a thread or a
 * file for each session would be hundreds. What is as small as an object for each session does not
 * show here; {@link SoakLeftovers} finds it.
 */
enum SoakGauge {
  /** Heap that is reachable, as a requested collection leaves it. */
  HEAP("heap", "MiB", 8),
  /** Direct buffers of the Java machine. */
  DIRECT("direct", "MiB", 4),
  /** Native memory that JavaCPP has given out and not freed. */
  NATIVE("native", "MiB", 4),
  /**
   * Resident anonymous memory of the process: heap, natives, stacks, compiled code. Its bound
   * leaves room for pages of the heap that are touched late.
   */
  ANONYMOUS("anonymous", "MiB", 64),
  /**
   * All state in the last completed checkpoint. Its bound leaves room for blocks that are under way
   * when a checkpoint is taken, of which there are more while the machine is short of time.
   */
  STATE("state", "KiB", 1024),
  /** Live threads. */
  THREADS("threads", "count", 8),
  /** Open file descriptors; the broker has one for each segment that it keeps. */
  FILES("files", "count", 32);

  private final String label;
  private final String unit;
  private final double mostGrowth;

  SoakGauge(String label, String unit, double mostGrowth) {
    this.label = label;
    this.unit = unit;
    this.mostGrowth = mostGrowth;
  }

  /** In words. */
  String label() {
    return label;
  }

  String unit() {
    return unit;
  }

  /** Growth above it is a fault. */
  double mostGrowth() {
    return mostGrowth;
  }

  /**
   * Name of a figure of this gauge.
   *
   * @param what {@code early}, {@code late} or {@code growth}; nothing for the gauge itself
   */
  String id(String what) {
    String name = what.isEmpty() ? label : label + "_" + what;
    return unit.equals("count") ? name : name + "_" + unit.toLowerCase(Locale.ROOT);
  }
}
