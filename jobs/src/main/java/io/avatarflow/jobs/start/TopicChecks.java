package io.avatarflow.jobs.start;

import io.avatarflow.jobs.AvatarJobArguments;
import io.avatarflow.jobs.options.GraphOptions;
import io.avatarflow.jobs.options.SeatOptions;
import io.avatarflow.jobs.options.TopicOptions;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Properties;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;
import org.apache.flink.configuration.ConfigOption;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;

/**
 * The topics of the job are there and have partitions that fit the job.
 *
 * <p>Waits for the brokers {@link TopicOptions#START_TIMEOUT} at most.
 */
final class TopicChecks {
  private static final List<ConfigOption<String>> TOPICS =
      List.of(
          TopicOptions.INPUT_TOPIC,
          TopicOptions.FRAMES_TOPIC,
          TopicOptions.EVENTS_TOPIC,
          TopicOptions.REJECTS_TOPIC);

  private TopicChecks() {}

  static void run(AvatarJobArguments arguments, int parallelism) {
    Map<String, Integer> partitions = partitions(arguments);
    for (ConfigOption<String> option : TOPICS) {
      if (!option.equals(TopicOptions.REJECTS_TOPIC)) {
        checkDivisor(arguments, option, partitions.get(arguments.get(option)));
      }
    }
    String input = arguments.get(TopicOptions.INPUT_TOPIC);
    if (partitions.get(input) < parallelism) {
      throw new StartException(
          "Topic \"%s\" has %d partitions, the job's parallelism is %d; add partitions or start the job with --parallelism %2$d."
              .formatted(input, partitions.get(input), parallelism));
    }
  }

  /** The sessions of a partition have to be those of whole key groups. */
  static void checkDivisor(
      AvatarJobArguments arguments, ConfigOption<String> option, int partitions) {
    int maxParallelism = arguments.get(GraphOptions.MAX_PARALLELISM);
    if (maxParallelism % partitions != 0) {
      throw new StartException(
          "Topic \"%s\" has %d partitions, which do not divide the job's max parallelism %d; create it with a divisor of that."
              .formatted(arguments.get(option), partitions, maxParallelism));
    }
  }

  /** Partitions of every topic of the job. */
  static Map<String, Integer> partitions(AvatarJobArguments arguments) {
    String bootstrap = arguments.get(TopicOptions.BOOTSTRAP);
    long millis = arguments.get(TopicOptions.START_TIMEOUT).toMillis();
    Map<String, Integer> partitions = new TreeMap<>();
    TreeSet<String> missing = new TreeSet<>();
    try (Admin admin = Admin.create(properties(arguments, bootstrap, millis))) {
      List<String> names =
          Stream.concat(TOPICS.stream(), Stream.of(SeatOptions.SEATS_TOPIC))
              .map(arguments::get)
              .filter(Objects::nonNull)
              .distinct()
              .toList();
      for (Map.Entry<String, KafkaFuture<TopicDescription>> topic :
          admin.describeTopics(names).topicNameValues().entrySet()) {
        try {
          // The client keeps the limit itself; the longer wait here only bounds a client that
          // hangs.
          TopicDescription description =
              topic.getValue().get(millis + 5_000, TimeUnit.MILLISECONDS);
          partitions.put(topic.getKey(), description.partitions().size());
        } catch (ExecutionException e) {
          if (!(e.getCause() instanceof UnknownTopicOrPartitionException)) {
            throw e;
          }
          missing.add(topic.getKey());
        }
      }
    } catch (ExecutionException | TimeoutException | KafkaException e) {
      throw new StartException(
          "The Kafka brokers %s gave no answer about the topics within %.0f s (%s); check --bootstrap, the network and the rights of the job's user."
              .formatted(bootstrap, millis / 1e3, root(e)));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new StartException("Interrupted while the topics of the job were looked up.");
    }
    if (!missing.isEmpty()) {
      throw new StartException(
          "Topic %s does not exist at %s, or the job's user may not see it; create it with a number of partitions that divides %d."
              .formatted(
                  String.join(", ", missing),
                  bootstrap,
                  arguments.get(GraphOptions.MAX_PARALLELISM)));
    }
    return partitions;
  }

  private static Properties properties(
      AvatarJobArguments arguments, String bootstrap, long millis) {
    Properties properties = new Properties();
    properties.putAll(arguments.kafka());
    properties.put(AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG, bootstrap);
    properties.put(AdminClientConfig.DEFAULT_API_TIMEOUT_MS_CONFIG, Long.toString(millis));
    properties.put(AdminClientConfig.REQUEST_TIMEOUT_MS_CONFIG, Long.toString(millis));
    return properties;
  }

  private static String root(Throwable e) {
    Throwable root = e;
    while (root.getCause() != null) {
      root = root.getCause();
    }
    String message = root.getMessage();
    return message == null ? root.getClass().getSimpleName() : message.replaceAll("\\s+", " ");
  }
}
