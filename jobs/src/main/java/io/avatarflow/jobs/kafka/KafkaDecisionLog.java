package io.avatarflow.jobs.kafka;

import io.avatarflow.operators.host.DecisionLog;
import io.avatarflow.operators.host.LogPosition;
import io.avatarflow.operators.host.PublishedSession;
import io.avatarflow.schemas.SessionPartitioner;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.Serializable;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.flink.runtime.state.KeyGroupRange;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/**
 * The frames topic as {@link DecisionLog}: what was decided about a block is published as a mark in
 * front of its frames.
 *
 * <p>It connects while the rest of the task starts, because a viewer waits for a restore. From the
 * restore or the first checkpoint on a thread of its own asks for the end of the topic all the
 * time, so that a checkpoint does not wait for a broker. Partitions hold whole key groups, so a
 * subtask reads those of its own alone.
 */
public final class KafkaDecisionLog implements DecisionLog {
  private static final Duration POLL = Duration.ofMillis(100);

  private final Settings settings;
  private final int maxParallelism;
  private final EarlyClient client;
  private final TopicEnd end;

  /**
   * What the log is opened with; travels to the workers.
   *
   * @param client settings of the Kafka client, the brokers among them
   * @param topic the frames topic
   * @param committedOnly whether it is written by transactions
   * @param timeout longest wait for the end of the topic, and for reading up to it
   */
  public record Settings(Properties client, String topic, boolean committedOnly, Duration timeout)
      implements Serializable {
    KafkaConsumer<byte[], byte[]> consumer() {
      Properties properties = new Properties();
      properties.putAll(client);
      properties.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, "false");
      properties.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest");
      properties.put(
          ConsumerConfig.ISOLATION_LEVEL_CONFIG,
          committedOnly ? "read_committed" : "read_uncommitted");
      properties.put(
          ConsumerConfig.DEFAULT_API_TIMEOUT_MS_CONFIG, Long.toString(timeout.toMillis()));
      return new KafkaConsumer<>(
          properties, new ByteArrayDeserializer(), new ByteArrayDeserializer());
    }
  }

  private KafkaDecisionLog(Settings settings, int maxParallelism) {
    this.settings = settings;
    this.maxParallelism = maxParallelism;
    this.client = new EarlyClient(settings);
    this.end = new TopicEnd(settings, client);
  }

  /** Opens the log on workers. */
  public static Factory factory(Settings settings) {
    return maxParallelism -> new KafkaDecisionLog(settings, maxParallelism);
  }

  @Override
  public List<LogPosition> end() throws IOException {
    return end.latest();
  }

  @Override
  public List<PublishedSession> since(List<LogPosition> positions, KeyGroupRange keyGroups)
      throws IOException {
    if (positions.isEmpty()) {
      return List.of();
    }
    KafkaConsumer<byte[], byte[]> consumer = client.take();
    try {
      List<PublishedSession> published = read(consumer, positions, keyGroups);
      consumer.unsubscribe();
      end.begin(consumer);
      return published;
    } catch (KafkaException | IOException e) {
      consumer.close();
      throw e instanceof IOException behind
          ? behind
          : new IOException(
              "What was decided before the restore cannot be read from topic %s: %s"
                  .formatted(settings.topic(), e.getMessage()),
              e);
    }
  }

  private List<PublishedSession> read(
      KafkaConsumer<byte[], byte[]> consumer, List<LogPosition> positions, KeyGroupRange keyGroups)
      throws IOException {
    long deadline = System.nanoTime() + settings.timeout().toNanos();
    int partitions = consumer.partitionsFor(settings.topic(), settings.timeout()).size();
    Map<TopicPartition, Long> from = own(positions, keyGroups, partitions);
    Map<TopicPartition, Long> to = consumer.endOffsets(from.keySet(), settings.timeout());
    consumer.assign(from.keySet());
    from.forEach(
        (partition, offset) -> consumer.seek(partition, Math.min(offset, to.get(partition))));
    PublishedSessions sessions = new PublishedSessions(maxParallelism, keyGroups);
    Set<TopicPartition> behind = new HashSet<>(from.keySet());
    behind.removeIf(partition -> consumer.position(partition) >= to.get(partition));
    while (!behind.isEmpty()) {
      for (ConsumerRecord<byte[], byte[]> record : consumer.poll(POLL)) {
        sessions.add(record);
      }
      behind.removeIf(partition -> consumer.position(partition) >= to.get(partition));
      if (!behind.isEmpty() && System.nanoTime() > deadline) {
        throw behind(behind.iterator().next(), consumer, to);
      }
    }
    return sessions.all();
  }

  /** The positions of the partitions that hold a subtask's key groups. */
  private Map<TopicPartition, Long> own(
      List<LogPosition> positions, KeyGroupRange keyGroups, int partitions) {
    SessionPartitioner partitioner = new SessionPartitioner(maxParallelism, partitions);
    Set<Integer> wanted = new HashSet<>();
    for (int keyGroup : keyGroups) {
      wanted.add(partitioner.partitionOfKeyGroup(keyGroup));
    }
    Map<TopicPartition, Long> own = new HashMap<>();
    for (LogPosition position : positions) {
      if (wanted.contains(position.partition())) {
        own.put(new TopicPartition(settings.topic(), position.partition()), position.offset());
      }
    }
    return own;
  }

  private IOException behind(
      TopicPartition partition,
      KafkaConsumer<byte[], byte[]> consumer,
      Map<TopicPartition, Long> to) {
    return new IOException(
        ("What was decided before the restore was not read in %d s: partition %s of topic %s stands at"
                + " offset %d of %d; check its brokers, or raise --recovery-timeout.")
            .formatted(
                settings.timeout().toSeconds(),
                partition.partition(),
                partition.topic(),
                consumer.position(partition),
                to.get(partition)));
  }

  @Override
  public void close() {
    end.close();
    client.close();
  }

  /** A client that connects on a thread of its own before anybody needs it. */
  private static final class EarlyClient implements AutoCloseable {
    private final Settings settings;
    private final CompletableFuture<KafkaConsumer<byte[], byte[]>> connected =
        new CompletableFuture<>();
    private final AtomicBoolean taken = new AtomicBoolean();

    EarlyClient(Settings settings) {
      this.settings = settings;
      Thread thread = new Thread(this::connect, "connect-to-" + settings.topic());
      thread.setDaemon(true);
      thread.start();
    }

    private void connect() {
      KafkaConsumer<byte[], byte[]> consumer = null;
      try {
        consumer = settings.consumer();
        consumer.partitionsFor(settings.topic(), settings.timeout());
        connected.complete(consumer);
      } catch (RuntimeException e) {
        if (consumer != null) {
          consumer.close();
        }
        connected.completeExceptionally(e);
      }
    }

    /** The client, the caller's from now on; a new one when it was taken or did not connect. */
    KafkaConsumer<byte[], byte[]> take() throws IOException {
      if (!taken.compareAndSet(false, true)) {
        return settings.consumer();
      }
      try {
        return connected.get();
      } catch (ExecutionException e) {
        // What hinders the first client is told by the calls of the second.
        return settings.consumer();
      } catch (InterruptedException e) {
        closeOnceConnected();
        Thread.currentThread().interrupt();
        throw new InterruptedIOException(
            "The task was cancelled while it connected to topic %s.".formatted(settings.topic()));
      }
    }

    private void closeOnceConnected() {
      CompletableFuture<Void> unused = connected.thenAccept(KafkaConsumer::close);
    }

    @Override
    public void close() {
      if (taken.compareAndSet(false, true)) {
        closeOnceConnected();
      }
    }
  }

  /** The ends of the partitions of a topic, asked for again and again by a thread of its own. */
  private static final class TopicEnd implements AutoCloseable {
    private static final long REFRESH_MILLIS = 250;
    private static final long STOP_MILLIS = 2_000;

    private final Settings settings;
    private final EarlyClient early;
    private Thread thread;
    private final CountDownLatch closing = new CountDownLatch(1);
    private List<LogPosition> latest;
    private String failure = "no answer";

    TopicEnd(Settings settings, EarlyClient early) {
      this.settings = settings;
      this.early = early;
    }

    /** Begins to ask, by a client that nobody else uses any more. */
    synchronized void begin(KafkaConsumer<byte[], byte[]> client) {
      if (thread != null) {
        client.close();
        return;
      }
      thread = new Thread(() -> run(client), "end-of-" + settings.topic());
      thread.setDaemon(true);
      thread.start();
    }

    /** The latest answer; the first call may have to wait for it. */
    synchronized List<LogPosition> latest() throws IOException {
      if (thread == null) {
        begin(early.take());
      }
      long deadline = System.nanoTime() + settings.timeout().toNanos();
      try {
        while (latest == null && System.nanoTime() < deadline) {
          wait(REFRESH_MILLIS);
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
      if (latest == null) {
        throw new IOException(
            "The end of topic %s is not known after %d s, so no checkpoint can be taken: %s; check its brokers."
                .formatted(settings.topic(), settings.timeout().toSeconds(), failure));
      }
      return latest;
    }

    private void run(KafkaConsumer<byte[], byte[]> client) {
      try (KafkaConsumer<byte[], byte[]> consumer = client) {
        do {
          ask(consumer);
        } while (!closing.await(REFRESH_MILLIS, TimeUnit.MILLISECONDS));
      } catch (KafkaException e) {
        failed(e);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }

    /** An old answer stays good: a restore then reads a little more. */
    private void ask(KafkaConsumer<byte[], byte[]> consumer) {
      try {
        List<TopicPartition> partitions =
            consumer.partitionsFor(settings.topic()).stream()
                .map(p -> new TopicPartition(p.topic(), p.partition()))
                .toList();
        List<LogPosition> positions = new ArrayList<>();
        consumer
            .endOffsets(partitions)
            .forEach((p, offset) -> positions.add(new LogPosition(p.partition(), offset)));
        answered(List.copyOf(positions));
      } catch (KafkaException e) {
        failed(e);
      }
    }

    private synchronized Thread begun() {
      return thread;
    }

    private synchronized void answered(List<LogPosition> positions) {
      latest = positions;
      notifyAll();
    }

    private synchronized void failed(KafkaException e) {
      failure = e.getMessage();
    }

    @Override
    public void close() {
      closing.countDown();
      Thread thread = begun();
      if (thread == null) {
        return;
      }
      // Wakes a request that waits for a broker that does not answer.
      thread.interrupt();
      try {
        thread.join(STOP_MILLIS);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
