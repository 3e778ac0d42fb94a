package io.avatarflow.jobs.cli;

import io.avatarflow.schemas.Topics;
import java.util.Map;
import java.util.Properties;
import picocli.CommandLine.Option;

/** Options of commands that read or write the topics of a cell. */
final class KafkaOptions {
  @Option(
      names = "--bootstrap",
      paramLabel = "HOST:PORT",
      description = "Kafka brokers of the cell.")
  String bootstrap;

  @Option(
      names = "--kafka",
      paramLabel = "KEY=VALUE",
      description =
          "A setting of the Kafka clients, for example security.protocol=SSL; repeatable.")
  Map<String, String> settings = Map.of();

  @Option(
      names = "--frames-topic",
      paramLabel = "TOPIC",
      defaultValue = "avatar.frames",
      description = "Where the recorded frames and marks are. Default: ${DEFAULT-VALUE}.")
  String framesTopic = Topics.DEFAULT.frames();

  Properties properties() {
    Properties properties = new Properties();
    properties.putAll(settings);
    return properties;
  }
}
