package io.avatarflow.operators.host;

import java.io.Serializable;

/**
 * How one operator hosts its stages.
 *
 * @param maxInFlight most turns that wait in the operator or are at a device before it pushes back,
 *     1 or more; outputs that one stage hands to the next of the same operator may exceed it by
 *     what one turn makes
 * @param endOfGraph true for the operator whose last stage encodes: the first block that enters
 *     that stage after a restore is flagged restored and discontinuity
 * @param spanSampling share of the blocks, 0 to 1, for which the operator at the end reports a span
 */
public record HostOptions(int maxInFlight, boolean endOfGraph, double spanSampling)
    implements Serializable {
  /** What an operator in the middle of the graph takes unless told otherwise. */
  public static final HostOptions DEFAULT = new HostOptions(64, false, 0);

  public HostOptions {
    if (maxInFlight < 1) {
      throw new IllegalArgumentException(
          "The in-flight limit of an operator is %d; set 1 or more.".formatted(maxInFlight));
    }
    if (!(spanSampling >= 0 && spanSampling <= 1)) {
      throw new IllegalArgumentException(
          "The share of blocks with a span is %s; set 0 to 1.".formatted(spanSampling));
    }
  }

  /** An operator in the middle of the graph. */
  public HostOptions(int maxInFlight, boolean endOfGraph) {
    this(maxInFlight, endOfGraph, 0);
  }

  /**
   * The same options for the operator that ends the graph.
   *
   * @param sampling share of the blocks that get a span
   */
  public HostOptions atEndOfGraph(double sampling) {
    return new HostOptions(maxInFlight, true, sampling);
  }
}
