package io.avatarflow.jobs;

import io.avatarflow.jobs.options.DeviceOptions;
import io.avatarflow.jobs.options.GraphOptions;
import io.avatarflow.jobs.options.PackOptions;
import io.avatarflow.jobs.options.QualityOptions;
import io.avatarflow.jobs.options.SeatOptions;
import io.avatarflow.jobs.options.SessionOptions;
import io.avatarflow.jobs.options.TopicOptions;
import java.util.List;
import java.util.Map;
import org.apache.flink.configuration.ConfigOption;

/**
 * The options of {@link AvatarJob}, given as {@code --key value} on its command line.
 *
 * <p>The tables in {@code docs/options.md} are generated from here. Keys below {@code kafka.} go to
 * the Kafka clients untouched, keys below {@code flink.} to Flink's configuration.
 */
public final class AvatarJobOptions {
  /** Prefix of keys that go to every Kafka client untouched, for example TLS and SASL settings. */
  public static final String KAFKA_PREFIX = "kafka.";

  /** Prefix of keys that go to Flink's configuration. */
  public static final String FLINK_PREFIX = "flink.";

  /** All options by subject, in the order of the documentation. */
  public static final List<Group> GROUPS =
      List.of(
          new Group("Brokers and topics", TopicOptions.ALL),
          new Group("Pack and identities", PackOptions.ALL),
          new Group("Graph and recovery", GraphOptions.ALL),
          new Group("Time and limits of a session", SessionOptions.ALL),
          new Group("Seats", SeatOptions.ALL),
          new Group("Ladder of quality", QualityOptions.ALL),
          new Group("Device", DeviceOptions.ALL));

  /** All options. */
  public static final List<ConfigOption<?>> ALL =
      GROUPS.stream().<ConfigOption<?>>flatMap(group -> group.options().stream()).toList();

  /** Prefixes of keys that are passed on, with what they are for. */
  public static final Map<String, String> PASSED_ON =
      Map.of(
          KAFKA_PREFIX, "Any setting of the Kafka clients, for example `kafka.security.protocol`.",
          FLINK_PREFIX, "Any setting of Flink, for example `flink.execution.checkpointing.dir`.");

  /**
   * Options of one subject.
   *
   * @param title heading of their table
   * @param options in the order of the table
   */
  public record Group(String title, List<ConfigOption<?>> options) {}

  private AvatarJobOptions() {}
}
