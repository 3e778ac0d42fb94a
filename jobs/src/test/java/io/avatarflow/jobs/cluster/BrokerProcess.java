package io.avatarflow.jobs.cluster;

import io.avatarflow.jobs.local.EmbeddedBroker;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.apache.kafka.clients.admin.NewTopic;

/** A broker as a process of its own: {@code BrokerProcess FOLDER PORT TOPIC...}. */
final class BrokerProcess {
  private BrokerProcess() {}

  public static void main(String[] args) throws Exception {
    try (EmbeddedBroker broker =
        EmbeddedBroker.start(Path.of(args[0]), Integer.parseInt(args[1]))) {
      broker.createTopics(
          List.of(args).subList(2, args.length).stream()
              .map(name -> new NewTopic(name, 2, (short) 1))
              .toList());
      System.out.println("ready " + broker.bootstrap());
      new CountDownLatch(1).await();
    }
  }
}
