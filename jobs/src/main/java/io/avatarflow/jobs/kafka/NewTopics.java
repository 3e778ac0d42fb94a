package io.avatarflow.jobs.kafka;

import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.RetriableException;

/**
 * Creates topics and waits until they can be written.
 *
 * <p>A broker answers the creation of a topic before it has the logs of its partitions. A producer
 * that writes at once can have its first batch refused and its second one taken; the broker then
 * refuses the first one, as out of order, until the producer gives up minutes later.
 */
public final class NewTopics {
  private static final long PAUSE_MILLIS = 20;

  private NewTopics() {}

  /**
   * Creates topics; when this returns, the leader of every partition has its log.
   *
   * @param patience how long all of it may take
   * @throws TimeoutException if it takes longer
   * @throws ExecutionException if the broker refuses, with its reason as the cause
   */
  public static void create(Admin admin, Collection<NewTopic> topics, Duration patience)
      throws InterruptedException, ExecutionException, TimeoutException {
    long end = System.nanoTime() + patience.toNanos();
    admin.createTopics(topics).all().get(left(end), TimeUnit.NANOSECONDS);
    while (!areReady(admin, topics, end)) {
      TimeUnit.MILLISECONDS.sleep(PAUSE_MILLIS);
    }
  }

  private static boolean areReady(Admin admin, Collection<NewTopic> topics, long end)
      throws InterruptedException, ExecutionException, TimeoutException {
    Map<TopicPartition, OffsetSpec> ends = new HashMap<>();
    try {
      Map<String, TopicDescription> described =
          admin
              .describeTopics(topics.stream().map(NewTopic::name).toList())
              .allTopicNames()
              .get(left(end), TimeUnit.NANOSECONDS);
      described.forEach(
          (name, topic) ->
              topic
                  .partitions()
                  .forEach(
                      p -> ends.put(new TopicPartition(name, p.partition()), OffsetSpec.latest())));
      admin.listOffsets(ends).all().get(left(end), TimeUnit.NANOSECONDS);
      return true;
    } catch (ExecutionException e) {
      if (e.getCause() instanceof RetriableException) {
        return false;
      }
      throw e;
    }
  }

  private static long left(long end) throws TimeoutException {
    long left = end - System.nanoTime();
    if (left <= 0) {
      throw new TimeoutException("The new topics were not ready in time.");
    }
    return left;
  }
}
