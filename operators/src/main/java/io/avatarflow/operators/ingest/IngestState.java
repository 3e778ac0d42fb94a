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
      new IngestState(
          Optional.empty(),
          EpochClock.START,
          JitterBuffer.EMPTY,
          FarAudio.NONE,
          0,
          -1,
          Pace.NONE,
          DecisionScript.EMPTY);

  /** How a state is written. */
  public static final StateCodec<IngestState> CODEC = new IngestStateCodec();

  private final Optional<ParameterTrack> parameters;
  private final EpochClock clock;
  private final JitterBuffer buffer;
  private final FarAudio refused;
  private final long lastInputMicros;
  private final long lastOffset;
  private final Pace pace;
  private final DecisionScript script;

  /**
   * @param parameters empty until the session is open
   * @param refused the audio that was too far ahead last
   * @param lastInputMicros when the last input arrived, microseconds since the epoch
   * @param lastOffset its offset, -1 for none
   * @param pace how its media lies in time
   * @param script decisions to follow before any new one is made
   */
  IngestState(
      Optional<ParameterTrack> parameters,
      EpochClock clock,
      JitterBuffer buffer,
      FarAudio refused,
      long lastInputMicros,
      long lastOffset,
      Pace pace,
      DecisionScript script) {
    this.parameters = parameters;
    this.clock = clock;
    this.buffer = buffer;
    this.refused = refused;
    this.lastInputMicros = lastInputMicros;
    this.lastOffset = lastOffset;
    this.pace = pace;
    this.script = script;
  }

  /** Index of the next block that will be released. */
  public long nextBlock() {
    return clock.nextBlock();
  }

  /** When the session opened, microseconds since the epoch; 0 while the audio alone came. */
  public long openMicros() {
    return pace.openMicros();
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

  FarAudio refused() {
    return refused;
  }

  /** When the last input arrived, microseconds since the epoch. */
  public long lastInputMicros() {
    return lastInputMicros;
  }

  long lastOffset() {
    return lastOffset;
  }

  Pace pace() {
    return pace;
  }

  DecisionScript script() {
    return script;
  }

  /** True when the session holds anything but the time of its last input. */
  boolean isKnown() {
    return parameters.isPresent()
        || !clock.equals(EpochClock.START)
        || !buffer.equals(JitterBuffer.EMPTY)
        || !script.isEmpty();
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof IngestState s
        && s.parameters.equals(parameters)
        && s.clock.equals(clock)
        && s.buffer.equals(buffer)
        && s.refused.equals(refused)
        && s.lastInputMicros == lastInputMicros
        && s.lastOffset == lastOffset
        && s.pace.equals(pace)
        && s.script.equals(script);
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
