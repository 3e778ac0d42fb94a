package io.avatarflow.jobs;

import io.avatarflow.jobs.capacity.SeatSettings;
import io.avatarflow.jobs.options.DeviceOptions;
import io.avatarflow.jobs.options.GraphOptions;
import io.avatarflow.jobs.options.QualityOptions;
import io.avatarflow.jobs.options.SeatOptions;
import io.avatarflow.jobs.options.SessionOptions;
import io.avatarflow.jobs.options.TopicOptions;
import io.avatarflow.operators.host.Accelerator;
import io.avatarflow.operators.ingest.IdleRest;
import io.avatarflow.operators.ingest.IngestOptions;
import io.avatarflow.operators.ingest.LadderOptions;
import io.avatarflow.operators.ingest.PacingOptions;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Properties;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.Configuration;

/**
 * The command line of {@link AvatarJob}: {@code --key value} or {@code --key=value}, keys as {@link
 * AvatarJobOptions} defines them.
 *
 * @param options the job's own options, typed reading by {@link Configuration#get}
 * @param kafka what goes to the Kafka clients untouched
 * @param flink what goes to Flink's configuration
 */
public record AvatarJobArguments(Configuration options, Properties kafka, Configuration flink) {

  /**
   * Reads a command line.
   *
   * @throws IllegalArgumentException with one sentence that names the argument and what to do
   */
  public static AvatarJobArguments parse(String... args) {
    Configuration options = new Configuration();
    Properties kafka = new Properties();
    Configuration flink = new Configuration();
    pairs(args)
        .forEach(
            (key, value) -> {
              if (key.startsWith(AvatarJobOptions.KAFKA_PREFIX)) {
                kafka.setProperty(key.substring(AvatarJobOptions.KAFKA_PREFIX.length()), value);
              } else if (key.startsWith(AvatarJobOptions.FLINK_PREFIX)) {
                flink.setString(key.substring(AvatarJobOptions.FLINK_PREFIX.length()), value);
              } else {
                ConfigOption<?> option = option(key);
                options.setString(option.key(), isWord(option) ? value.replace('-', '_') : value);
              }
            });
    AvatarJobArguments arguments = new AvatarJobArguments(options, kafka, flink);
    arguments.check();
    return arguments;
  }

  /** Value of an option, its default when it was not given. */
  public <T> T get(ConfigOption<T> option) {
    return options.get(option);
  }

  /**
   * The limits of a session's input.
   *
   * @throws IllegalArgumentException if one is out of range
   */
  public IngestOptions ingest() {
    PacingOptions pacing =
        new PacingOptions(
            get(SessionOptions.PACING),
            get(SessionOptions.PACING_LEAD),
            get(SessionOptions.PACING_GRACE),
            get(SessionOptions.PACING_BUDGET));
    IngestOptions ingest =
        IngestOptions.DEFAULT
            .with(
                get(SessionOptions.MAX_BUFFER),
                get(SessionOptions.IDLE_TIMEOUT),
                get(SessionOptions.MAX_DURATION))
            .with(pacing);
    return get(TopicOptions.INPUT) == TopicOptions.InputKind.RECORDED
        ? ingest.ofRecording()
        : ingest;
  }

  /**
   * When quality goes down and up.
   *
   * @throws IllegalArgumentException if a threshold is out of range
   */
  public LadderOptions ladder() {
    return new LadderOptions(
        get(QualityOptions.LADDER),
        get(QualityOptions.LADDER_OVERLOAD_SLACK),
        get(QualityOptions.LADDER_RECOVERY_SLACK),
        get(QualityOptions.LADDER_RECOVERY_TIME));
  }

  /**
   * When a silent session rests.
   *
   * @throws IllegalArgumentException if a duration is out of range
   */
  public IdleRest rest() {
    return new IdleRest(get(SessionOptions.IDLE_MOVING), get(SessionOptions.IDLE_RESTING));
  }

  /**
   * How admission is limited.
   *
   * @throws IllegalArgumentException if a number of seats is out of range
   */
  public SeatSettings seats() {
    Map<String, Integer> quotas = new LinkedHashMap<>();
    get(SeatOptions.TENANT_SEATS)
        .forEach((tenant, seats) -> quotas.put(tenant, quota(tenant, seats)));
    return new SeatSettings(
        options.getOptional(SeatOptions.SEATS).orElse(0),
        get(SeatOptions.SEATS_PROFILE),
        quotas,
        get(SeatOptions.SEATS_TOPIC),
        get(TopicOptions.BOOTSTRAP),
        kafka);
  }

  private static int quota(String tenant, String seats) {
    if (!seats.matches("[0-9]{1,6}")) {
      throw new IllegalArgumentException(
          "Option --tenant-seats gives tenant \"%s\" %s seats; give a number from 0 to 999999."
              .formatted(tenant, seats));
    }
    return Integer.parseInt(seats);
  }

  private static Map<String, String> pairs(String... args) {
    Map<String, String> pairs = new LinkedHashMap<>();
    for (int i = 0; i < args.length; i++) {
      String arg = args[i];
      if (!arg.startsWith("--") || arg.length() == 2) {
        throw new IllegalArgumentException(
            "\"%s\" is not an option; write --key value, keys are listed in docs/options.md."
                .formatted(arg));
      }
      int equals = arg.indexOf('=');
      if (equals > 0) {
        pairs.put(arg.substring(2, equals), arg.substring(equals + 1));
      } else if (i + 1 < args.length) {
        pairs.put(arg.substring(2), args[++i]);
      } else {
        throw new IllegalArgumentException(
            "Option %s has no value; write %s VALUE.".formatted(arg, arg));
      }
    }
    return pairs;
  }

  private static ConfigOption<?> option(String key) {
    return AvatarJobOptions.ALL.stream()
        .filter(o -> o.key().equals(key))
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "Option --%s is not known; the options are listed in docs/options.md."
                        .formatted(key)));
  }

  /** Words are written with hyphens on a command line and with underscores in Java. */
  private static boolean isWord(ConfigOption<?> option) {
    return option.hasDefaultValue() && option.defaultValue() instanceof Enum<?>;
  }

  private void check() {
    for (ConfigOption<?> option : AvatarJobOptions.ALL) {
      try {
        options.getOptional(option);
      } catch (IllegalArgumentException e) {
        throw new IllegalArgumentException(
            "Option --%s has the value \"%s\", which is not possible: %s"
                .formatted(option.key(), options.getString(option.key(), ""), rootMessage(e)),
            e);
      }
    }
    if (options.getOptional(TopicOptions.BOOTSTRAP).isEmpty()) {
      throw new IllegalArgumentException(
          "Option --bootstrap is missing; give the Kafka brokers as host:port.");
    }
    range(GraphOptions.MAX_PARALLELISM, 1, 32_768);
    ingest();
    ladder();
    rest();
    seats();
    if (options.getOptional(SeatOptions.SEATS).isPresent()) {
      range(SeatOptions.SEATS, 1, 1_000_000);
    }
    range(GraphOptions.MAX_IN_FLIGHT, 1, 100_000);
    Accelerator.parse(get(DeviceOptions.DEVICE));
    range(DeviceOptions.DEVICE_WORKERS, 1, 256);
    range(DeviceOptions.DEVICE_BATCH, 0, 1024);
    range(DeviceOptions.DEVICE_THREADS, 1, 256);
    range(DeviceOptions.CPU_POOL_THREADS, 1, 256);
    share(GraphOptions.SPAN_SAMPLING);
    if (get(GraphOptions.TOPOLOGY) == GraphOptions.Topology.LANES
        && (get(TopicOptions.BOUNDED)
            || get(TopicOptions.INPUT) == TopicOptions.InputKind.RECORDED)) {
      throw new IllegalArgumentException(
          "Option --topology is lanes, which is for live input without an end; leave it out.");
    }
  }

  private void share(ConfigOption<Double> option) {
    double value = options.get(option);
    if (!(value >= 0 && value <= 1)) {
      throw new IllegalArgumentException(
          "Option --%s is %s; give a number from 0 to 1.".formatted(option.key(), value));
    }
  }

  private void range(ConfigOption<Integer> option, int min, int max) {
    int value = options.get(option);
    if (value < min || value > max) {
      throw new IllegalArgumentException(
          "Option --%s is %d; give a number from %d to %d."
              .formatted(option.key(), value, min, max));
    }
  }

  private static String rootMessage(Throwable e) {
    Throwable cause = e;
    while (cause.getCause() != null) {
      cause = cause.getCause();
    }
    return cause.getMessage();
  }
}
