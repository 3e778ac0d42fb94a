package io.avatarflow.jobs.options;

import static org.apache.flink.configuration.ConfigOptions.key;

import io.avatarflow.schemas.Topics;
import java.time.Duration;
import java.util.List;
import org.apache.flink.configuration.ConfigOption;

/** Which brokers, topics and tenants the job serves, and how it reads and writes. */
public final class TopicOptions {
  public static final ConfigOption<String> BOOTSTRAP =
      key("bootstrap")
          .stringType()
          .noDefaultValue()
          .withDescription("Kafka brokers as host:port, comma-separated; required.");

  public static final ConfigOption<String> INPUT_TOPIC =
      key("input-topic")
          .stringType()
          .defaultValue(Topics.DEFAULT.input())
          .withDescription("Topic that SessionInput records are read from.");

  public static final ConfigOption<InputKind> INPUT =
      key("input")
          .enumType(InputKind.class)
          .defaultValue(InputKind.LIVE)
          .withDescription(
              "What the input topic holds: live sessions, or a staged recording with the recorded offsets and decisions"
                  + " in its headers.");

  public static final ConfigOption<Boolean> BOUNDED =
      key("bounded")
          .booleanType()
          .defaultValue(false)
          .withDescription(
              "End behind the records that the input topic holds when the job starts, as a replay does.");

  public static final ConfigOption<String> FRAMES_TOPIC =
      key("frames-topic")
          .stringType()
          .defaultValue(Topics.DEFAULT.frames())
          .withDescription("Topic that frames and stream marks are written to.");

  public static final ConfigOption<String> EVENTS_TOPIC =
      key("events-topic")
          .stringType()
          .defaultValue(Topics.DEFAULT.events())
          .withDescription("Topic that informative session events are written to.");

  public static final ConfigOption<String> REJECTS_TOPIC =
      key("rejects-topic")
          .stringType()
          .defaultValue(Topics.DEFAULT.rejects())
          .withDescription(
              "Topic that input which could not be processed is written to, as it came.");

  public static final ConfigOption<String> GROUP_ID =
      key("group-id")
          .stringType()
          .defaultValue("avatarflow")
          .withDescription(
              "Kafka consumer group whose offsets are committed at checkpoints, for monitoring.");

  public static final ConfigOption<List<String>> TENANTS =
      key("tenants")
          .stringType()
          .asList()
          .defaultValues()
          .withDescription(
              "Tenants whose sessions the input topic may hold, separated by semicolons; records of"
                  + " others go to the rejects topic. Any tenant when empty. Who may write to the"
                  + " topic is the brokers' business (ACLs).");

  public static final ConfigOption<StartFrom> START_FROM =
      key("start-from")
          .enumType(StartFrom.class)
          .defaultValue(StartFrom.COMMITTED)
          .withDescription(
              "Where a job without a checkpoint begins to read the input topic: at the group's"
                  + " committed offsets (the latest records where it has none), at the earliest or"
                  + " at the latest records.");

  public static final ConfigOption<Duration> START_TIMEOUT =
      key("start-timeout")
          .durationType()
          .defaultValue(Duration.ofSeconds(20))
          .withDescription(
              "Longest time that the checks before the start wait for Kafka; a job whose"
                  + " credentials, pack or topics are not in order is not submitted.");

  public static final ConfigOption<Delivery> DELIVERY =
      key("delivery")
          .enumType(Delivery.class)
          .defaultValue(Delivery.AT_LEAST_ONCE)
          .withDescription(
              "Guarantee of the frames topic: at-least-once adds no latency and leaves removing"
                  + " duplicates to the reader, exactly-once shows frames at the end of each"
                  + " checkpoint.");

  /** All of them, in the order of the documentation. */
  public static final List<ConfigOption<?>> ALL =
      List.of(
          BOOTSTRAP,
          INPUT_TOPIC,
          INPUT,
          BOUNDED,
          FRAMES_TOPIC,
          EVENTS_TOPIC,
          REJECTS_TOPIC,
          GROUP_ID,
          TENANTS,
          START_FROM,
          START_TIMEOUT,
          DELIVERY);

  /** Where reading begins. */
  public enum StartFrom {
    COMMITTED,
    EARLIEST,
    LATEST
  }

  /** What the input topic holds. */
  public enum InputKind {
    LIVE,
    RECORDED
  }

  /** Guarantee of the frames topic. */
  public enum Delivery {
    AT_LEAST_ONCE,
    EXACTLY_ONCE
  }

  private TopicOptions() {}
}
