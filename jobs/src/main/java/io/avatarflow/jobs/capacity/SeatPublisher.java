package io.avatarflow.jobs.capacity;

import io.avatarflow.jobs.client.SeatReport;
import io.avatarflow.operators.host.SubtaskPlace;
import io.avatarflow.operators.ingest.SeatPool;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Properties;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes a {@link SeatReport} of one subtask to the seats topic once a second.
 *
 * <p>Has a thread and a producer of its own, which that thread makes: a broker that does not answer
 * keeps no session waiting, nor does the making of a client a restore. Reports are informative;
 * what cannot be sent is dropped and logged.
 */
public final class SeatPublisher implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(SeatPublisher.class);
  private static final Duration PERIOD = Duration.ofSeconds(1);

  private final String topic;
  private final SubtaskPlace subtask;
  private final SeatPool pool;
  private final Properties client = new Properties();
  private final ScheduledExecutorService timer;
  private final Clock clock = Clock.systemUTC();

  /** Made and used by the timer's thread; closed when that has ended. */
  private KafkaProducer<byte[], byte[]> producer;

  /**
   * Starts to publish.
   *
   * @param topic the seats topic
   * @param bootstrap brokers
   * @param kafka settings of the job's Kafka clients
   */
  public SeatPublisher(
      String topic, String bootstrap, Properties kafka, SubtaskPlace subtask, SeatPool pool) {
    this.topic = topic;
    this.subtask = subtask;
    this.pool = pool;
    client.putAll(kafka);
    client.setProperty(ProducerConfig.BOOTSTRAP_SERVERS_CONFIG, bootstrap);
    client.setProperty(ProducerConfig.MAX_BLOCK_MS_CONFIG, "1000");
    this.timer =
        Executors.newSingleThreadScheduledExecutor(
            work -> {
              Thread thread = new Thread(work, "avatar-seats-" + subtask.index());
              thread.setDaemon(true);
              return thread;
            });
    Future<?> unused =
        timer.scheduleAtFixedRate(this::publish, 0, PERIOD.toMillis(), TimeUnit.MILLISECONDS);
  }

  private void publish() {
    SeatReport report =
        new SeatReport(
            subtask.index(),
            subtask.parallelism(),
            subtask.maxParallelism(),
            pool.id(),
            pool.seats(),
            pool.free(),
            pool.refused(),
            pool.retryAfter().toMillis(),
            ChronoUnit.MICROS.between(Instant.EPOCH, clock.instant()));
    try {
      if (producer == null) {
        producer =
            new KafkaProducer<>(client, new ByteArraySerializer(), new ByteArraySerializer());
      }
      Future<?> unused =
          producer.send(
              new ProducerRecord<>(topic, report.key(), report.toJson()),
              (metadata, failure) -> {
                if (failure != null) {
                  LOG.warn("A report of free seats could not be written to {}.", topic, failure);
                }
              });
    } catch (RuntimeException e) {
      // Thrown out of here it would silently end the timer.
      LOG.warn("A report of free seats could not be sent to {}.", topic, e);
    }
  }

  @Override
  public void close() {
    timer.shutdownNow();
    try {
      if (!timer.awaitTermination(5, TimeUnit.SECONDS)) {
        LOG.warn("The thread that publishes seats did not end within 5 s.");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    if (producer != null) {
      producer.close(Duration.ofSeconds(1));
    }
  }
}
