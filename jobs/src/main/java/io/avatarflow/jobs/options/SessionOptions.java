package io.avatarflow.jobs.options;

import static org.apache.flink.configuration.ConfigOptions.key;

import io.avatarflow.operators.ingest.IdleRest;
import io.avatarflow.operators.ingest.IngestOptions;
import io.avatarflow.operators.ingest.PacingOptions;
import java.time.Duration;
import java.util.List;
import org.apache.flink.configuration.ConfigOption;

/** What tells time in a session, how far its input may run ahead, and when it rests and expires. */
public final class SessionOptions {
  public static final ConfigOption<PacingOptions.Mode> PACING =
      key("pacing")
          .enumType(PacingOptions.Mode.class)
          .defaultValue(PacingOptions.Mode.ASAP)
          .withDescription(
              "What tells time: asap makes a block as soon as its audio is complete and suits files"
                  + " and replays; realtime keeps the clock for live sessions, fills what does not"
                  + " come in time and gives blocks deadlines.");

  public static final ConfigOption<Duration> PACING_LEAD =
      key("pacing.lead")
          .durationType()
          .defaultValue(PacingOptions.ASAP.lead())
          .withDescription(
              "How long before its media begins a block may be released in realtime when its audio"
                  + " is there.");

  public static final ConfigOption<Duration> PACING_GRACE =
      key("pacing.grace")
          .durationType()
          .defaultValue(PacingOptions.ASAP.grace())
          .withDescription(
              "How long beyond the moment at which live audio would be complete a block waits in"
                  + " realtime for audio that is late, before the idle policy fills it.");

  public static final ConfigOption<Duration> PACING_BUDGET =
      key("pacing.budget")
          .durationType()
          .defaultValue(PacingOptions.ASAP.budget())
          .withDescription(
              "How much later than the moment at which live audio would be complete a block's"
                  + " frames may leave the engine in realtime and still be on time.");

  public static final ConfigOption<Duration> IDLE_MOVING =
      key("idle.moving")
          .durationType()
          .defaultValue(IdleRest.DEFAULT.moving())
          .withDescription(
              "How long a silent session with the idle policy ANIMATE moves between two rests, in realtime.");

  public static final ConfigOption<Duration> IDLE_RESTING =
      key("idle.resting")
          .durationType()
          .defaultValue(IdleRest.DEFAULT.resting())
          .withDescription(
              "How long it rests then, showing the last picture without running a graph; 0 s for never.");

  public static final ConfigOption<Duration> MAX_BUFFER =
      key("max-buffer")
          .durationType()
          .defaultValue(IngestOptions.DEFAULT.maxBuffer())
          .withDescription(
              "Most media that a session may send ahead of what was released; chunks beyond are"
                  + " rejected.");

  public static final ConfigOption<Duration> IDLE_TIMEOUT =
      key("idle-timeout")
          .durationType()
          .defaultValue(IngestOptions.DEFAULT.idleTimeout())
          .withDescription(
              "A session without input for so long expires with an event; 0 s for never, which"
                  + " suits replays.");

  public static final ConfigOption<Duration> MAX_DURATION =
      key("max-duration")
          .durationType()
          .defaultValue(IngestOptions.DEFAULT.maxDuration())
          .withDescription(
              "Longest media of a session; one that reaches it expires with an event.");

  /** All of them, in the order of the documentation. */
  public static final List<ConfigOption<?>> ALL =
      List.of(
          PACING,
          PACING_LEAD,
          PACING_GRACE,
          PACING_BUDGET,
          IDLE_MOVING,
          IDLE_RESTING,
          MAX_BUFFER,
          IDLE_TIMEOUT,
          MAX_DURATION);

  private SessionOptions() {}
}
