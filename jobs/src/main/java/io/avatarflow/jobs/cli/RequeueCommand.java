package io.avatarflow.jobs.cli;

import io.avatarflow.jobs.replay.Requeue;
import java.io.IOException;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code avatarflow requeue}: rejected records back to where they came from. */
@Command(
    name = "requeue",
    mixinStandardHelpOptions = true,
    description = {
      "Puts records of the rejects topic back on the topic and partition that they came from.",
      "Each is put back once, however often this runs: a consumer group remembers how far it came."
    })
final class RequeueCommand implements Callable<Integer> {
  @Mixin private BrokerOptions brokers;

  @Option(
      names = "--rejects",
      paramLabel = "TOPIC",
      defaultValue = "avatar.rejects",
      description = "The rejects topic. Default: ${DEFAULT-VALUE}.")
  private String rejects;

  @Option(
      names = "--reason",
      paramLabel = "TEXT",
      description = "Only those whose reason contains this; the others are passed over for good.")
  private String reason;

  @Option(
      names = "--group",
      paramLabel = "ID",
      defaultValue = "avatarflow-requeue",
      description = "Consumer group that remembers what was put back. Default: ${DEFAULT-VALUE}.")
  private String group;

  @Option(names = "--dry-run", description = "Only count.")
  private boolean dryRun;

  @Override
  public Integer call() throws IOException {
    Requeue.Summary summary =
        new Requeue(brokers.bootstrap(), brokers.properties(), rejects, group)
            .run(Optional.ofNullable(reason), dryRun);
    System.out.printf(
        "%d records %s back, %d passed over.%n",
        summary.requeued(), dryRun ? "would be put" : "were put", summary.passed());
    return 0;
  }
}
