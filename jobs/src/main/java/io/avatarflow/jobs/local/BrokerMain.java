package io.avatarflow.jobs.local;

import io.avatarflow.jobs.local.EmbeddedBroker.Relayed;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;

/**
 * An {@link EmbeddedBroker} with the topics of the job as a process of its own: {@code BrokerMain
 * FOLDER PORT PARTITIONS}.
 *
 * <p>Prints {@code ready HOST:PORT} when clients may come and runs until it gets SIGTERM. Port 0
 * takes a free one. For tests and one machine: it has neither TLS nor replicas.
 */
public final class BrokerMain {
  private BrokerMain() {}

  public static void main(String[] args) throws InterruptedException {
    CountDownLatch stopped = new CountDownLatch(1);
    try {
      if (args.length != 3 && args.length != 5) {
        throw new IllegalArgumentException(
            "%d arguments came; give FOLDER PORT PARTITIONS, and PORT ADVERTISED of a second listener."
                .formatted(args.length));
      }
      Path folder = Files.createDirectories(Path.of(args[0]));
      int port = number("PORT", args[1], 0, 65_535);
      int partitions = number("PARTITIONS", args[2], 1, 60);
      Optional<Relayed> relayed =
          args.length == 3
              ? Optional.empty()
              : Optional.of(
                  new Relayed(
                      number("PORT", args[3], 1, 65_535),
                      number("ADVERTISED", args[4], 1, 65_535)));
      EmbeddedBroker broker = EmbeddedBroker.start(folder, port, relayed);
      Runtime.getRuntime()
          .addShutdownHook(
              new Thread(
                  () -> {
                    broker.close();
                    stopped.countDown();
                  },
                  "broker-shutdown"));
      broker.createTopics(EmbeddedStack.topics(partitions));
      System.out.println("ready " + broker.bootstrap());
    } catch (IllegalArgumentException | IOException e) {
      System.err.println("broker: " + e.getMessage());
      System.exit(1);
    }
    stopped.await();
  }

  private static int number(String name, String text, int min, int max) {
    int value;
    try {
      value = Integer.parseInt(text);
    } catch (NumberFormatException e) {
      value = min - 1;
    }
    if (value < min || value > max) {
      throw new IllegalArgumentException(
          "%s is \"%s\"; give a number from %d to %d.".formatted(name, text, min, max));
    }
    return value;
  }
}
