package io.avatarflow.jobs.options;

import static org.apache.flink.configuration.ConfigOptions.key;

import io.avatarflow.operators.ingest.LadderOptions;
import java.time.Duration;
import java.util.List;
import org.apache.flink.configuration.ConfigOption;

/** When quality goes down and up. */
public final class QualityOptions {
  public static final ConfigOption<Boolean> LADDER =
      key("ladder")
          .booleanType()
          .defaultValue(true)
          .withDescription(
              "Whether quality goes down the pack's ladder when blocks run late, under realtime pacing.");

  public static final ConfigOption<Duration> LADDER_OVERLOAD_SLACK =
      key("ladder.overload-slack")
          .durationType()
          .defaultValue(LadderOptions.DEFAULT.overloadSlack())
          .withDescription(
              "Quality goes down when more than a tenth of the blocks of a second are finished with less time than this"
                  + " before their deadline.");

  public static final ConfigOption<Duration> LADDER_RECOVERY_SLACK =
      key("ladder.recovery-slack")
          .durationType()
          .defaultValue(LadderOptions.DEFAULT.recoverySlack())
          .withDescription(
              "Quality goes up when nearly all blocks are finished with more time than this before their deadline.");

  public static final ConfigOption<Duration> LADDER_RECOVERY_TIME =
      key("ladder.recovery-time")
          .durationType()
          .defaultValue(LadderOptions.DEFAULT.recoveryTime())
          .withDescription(
              "For how long they must before quality goes up by a rung; up to 16 times as long where a step up did not"
                  + " last. Four times as long without overload are enough too.");

  /** All of them, in the order of the documentation. */
  public static final List<ConfigOption<?>> ALL =
      List.of(LADDER, LADDER_OVERLOAD_SLACK, LADDER_RECOVERY_SLACK, LADDER_RECOVERY_TIME);

  private QualityOptions() {}
}
