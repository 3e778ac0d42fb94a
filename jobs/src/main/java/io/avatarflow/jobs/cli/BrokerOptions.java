package io.avatarflow.jobs.cli;

import java.util.Map;
import java.util.Properties;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Where the brokers of a cell are, and how clients reach them. */
class BrokerOptions {
  @Spec(Spec.Target.MIXEE)
  private CommandSpec spec;

  @Option(
      names = "--bootstrap",
      paramLabel = "HOST:PORT",
      description = "Kafka brokers of the cell.")
  private String bootstrap;

  @Option(
      names = "--kafka",
      paramLabel = "KEY=VALUE",
      description =
          "A setting of the Kafka clients, for example security.protocol=SSL; repeatable.")
  private Map<String, String> settings = Map.of();

  /** The brokers; their lack is a usage error. */
  String bootstrap() {
    if (bootstrap == null) {
      throw Usage.error(spec, "--bootstrap is missing; give the Kafka brokers as host:port.");
    }
    return bootstrap;
  }

  Properties properties() {
    Properties properties = new Properties();
    properties.putAll(settings);
    return properties;
  }
}
