package io.avatarflow.operators.ingest;

import io.avatarflow.operators.stage.StateCodec;
import java.util.Optional;

/**
 * What ingest knows of a session between two records: canonical and immutable.
 *
 * <p>Equal to {@link #INITIAL} when nothing is known, before a session and behind it; such a state
 * need not be kept.
 */
public final class IngestState {
  /** Nothing is known of the session. */
  public static final IngestState INITIAL =
      new IngestState(Optional.empty(), EpochClock.START, JitterBuffer.EMPTY, 0, -1);

  /** How a state is written. */
  public static final StateCodec<IngestState> CODEC = new IngestStateCodec();

  private final Optional<ParameterTrack> parameters;
  private final EpochClock clock;
  private final JitterBuffer buffer;
  private final long lastInputMicros;
  private final long lastOffset;

  /**
   * @param parameters empty until the session is open
   * @param lastInputMicros when the last input arrived, microseconds since the epoch
   * @param lastOffset its offset, -1 for none
   */
  IngestState(
      Optional<ParameterTrack> parameters,
      EpochClock clock,
      JitterBuffer buffer,
      long lastInputMicros,
      long lastOffset) {
    this.parameters = parameters;
    this.clock = clock;
    this.buffer = buffer;
    this.lastInputMicros = lastInputMicros;
    this.lastOffset = lastOffset;
  }

  Optional<ParameterTrack> parameters() {
    return parameters;
  }

  EpochClock clock() {
    return clock;
  }

  JitterBuffer buffer() {
    return buffer;
  }

  long lastInputMicros() {
    return lastInputMicros;
  }

  long lastOffset() {
    return lastOffset;
  }

  /** True when the session holds anything but the time of its last input. */
  boolean isKnown() {
    return parameters.isPresent()
        || !clock.equals(EpochClock.START)
        || !buffer.equals(JitterBuffer.EMPTY);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof IngestState s
        && s.parameters.equals(parameters)
        && s.clock.equals(clock)
        && s.buffer.equals(buffer)
        && s.lastInputMicros == lastInputMicros
        && s.lastOffset == lastOffset;
  }

  @Override
  public int hashCode() {
    return 31 * clock.hashCode() + buffer.hashCode();
  }

  @Override
  public String toString() {
    return "IngestState[open=%s, %s, buffer %s to %s]"
        .formatted(parameters.isPresent(), clock, buffer.head().start(), buffer.end());
  }
}
