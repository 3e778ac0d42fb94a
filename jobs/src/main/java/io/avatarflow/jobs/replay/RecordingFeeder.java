package io.avatarflow.jobs.replay;

import io.avatarflow.jobs.kafka.StagedHeaders;
import io.avatarflow.schemas.CloseMode;
import io.avatarflow.schemas.DecisionMark;
import io.avatarflow.schemas.MalformedRecordException;
import io.avatarflow.schemas.PackReference;
import io.avatarflow.schemas.RecordCodec;
import io.avatarflow.schemas.RecordedMessage;
import io.avatarflow.schemas.SessionClose;
import io.avatarflow.schemas.SessionInput;
import io.avatarflow.schemas.SessionKey;
import io.avatarflow.schemas.SessionOpen;
import io.avatarflow.schemas.SessionPartitioner;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import java.util.Properties;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.apache.avro.file.DataFileReader;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * Puts a recording on a staging topic: all sessions in the order of their recorded times, each
 * record with the offset it had, decisions ahead of the input they are about, and a SessionClose
 * behind sessions that had none. One thread.
 */
final class RecordingFeeder implements AutoCloseable {
  private static final int MOST_UNSENT = 256;

  private final RecordingFolder folder;
  private final String topic;
  private final boolean asLived;
  private final double speed;
  private final KafkaProducer<byte[], byte[]> producer;
  private final SessionPartitioner partitioner;
  private final List<Future<RecordMetadata>> unsent = new ArrayList<>();

  /**
   * @param bootstrap brokers of the staging topic
   * @param maxParallelism the job's max parallelism
   * @param asLived true to send the recorded decisions along
   * @param speed times the speed of the recording; infinite for as fast as possible
   */
  RecordingFeeder(
      RecordingFolder folder,
      String bootstrap,
      String topic,
      int maxParallelism,
      boolean asLived,
      double speed) {
    this.folder = folder;
    this.topic = topic;
    this.asLived = asLived;
    this.speed = speed;
    Properties properties = new Properties();
    properties.put(ProducerConfig.BOOTSTRAP_SERVERS_CONFIG, bootstrap);
    properties.put(
        ProducerConfig.MAX_REQUEST_SIZE_CONFIG, Integer.toString(RecordCodec.MAX_BYTES + 10_000));
    this.producer =
        new KafkaProducer<>(properties, new ByteArraySerializer(), new ByteArraySerializer());
    this.partitioner = new SessionPartitioner(maxParallelism, producer.partitionsFor(topic).size());
  }

  /** A session that is being sent. */
  private static final class Reel implements AutoCloseable {
    private final SessionKey key;
    private final DataFileReader<RecordedMessage> log;
    private final RecordedDecisions decisions;
    private RecordedMessage next;
    private boolean closes;

    Reel(SessionKey key, DataFileReader<RecordedMessage> log, RecordedDecisions decisions) {
      this.key = key;
      this.log = log;
      this.decisions = decisions;
      this.next = log.next();
    }

    long time() {
      return next.getTimestampMillis();
    }

    @Override
    public void close() throws IOException {
      log.close();
    }
  }

  /** Sends everything; returns when the broker has it. */
  void feed() throws IOException {
    PriorityQueue<Reel> reels =
        new PriorityQueue<>(
            Comparator.comparingLong(Reel::time).thenComparing(reel -> reel.key.toString()));
    try {
      for (SessionKey key : folder.sessions()) {
        reels.add(reel(key));
      }
      long begin = reels.element().time();
      long beginNanos = System.nanoTime();
      while (!reels.isEmpty()) {
        Reel reel = reels.remove();
        await(beginNanos, reel.time() - begin);
        step(reel);
        if (reel.log.hasNext()) {
          reel.next = reel.log.next();
          reels.add(reel);
        } else {
          end(reel);
          reel.close();
        }
      }
      settle();
    } finally {
      for (Reel reel : reels) {
        reel.close();
      }
    }
  }

  private Reel reel(SessionKey key) throws IOException {
    if (asLived && !folder.output(key).exists()) {
      throw new IOException(
          "Recording %s has no output of session %s, so nobody knows what was decided; record it with the frames topic, or replay with --ideal."
              .formatted(folder.root(), key));
    }
    RecordedDecisions decisions =
        asLived ? RecordedDecisions.of(folder.output(key)) : RecordedDecisions.none();
    DataFileReader<RecordedMessage> log = folder.input(key).read();
    if (!log.hasNext()) {
      log.close();
      throw new IOException("Recording %s holds no record.".formatted(folder.input(key).file()));
    }
    return new Reel(key, log, decisions);
  }

  private void step(Reel reel) throws IOException {
    decisions(reel, reel.decisions.before(reel.next.getOffset()));
    byte[] value = RecordedDecisions.bytes(reel.next);
    try {
      SessionInput input = RecordCodec.input().decode(value);
      reel.closes |= input.getBody() instanceof SessionClose;
      if (input.getBody() instanceof SessionOpen open) {
        value = RecordCodec.input().encode(withAnyDigest(input, open));
      }
    } catch (MalformedRecordException e) {
      // The job rejects it again, as it did before.
      reel.closes |= false;
    }
    send(reel.key, value, StagedHeaders.OFFSET, Long.toString(reel.next.getOffset()));
  }

  /** The job's pack decides; another than the recorded one is what a comparison wants. */
  private static SessionInput withAnyDigest(SessionInput input, SessionOpen open) {
    SessionOpen changed =
        SessionOpen.newBuilder(open)
            .setPack(PackReference.newBuilder(open.getPack()).setDigest(null).build())
            .build();
    return new SessionInput(input.getSessionKey(), input.getProducedAtMicros(), changed);
  }

  private void end(Reel reel) throws IOException {
    decisions(reel, reel.decisions.rest());
    if (!reel.closes) {
      SessionInput close =
          new SessionInput(
              reel.key.toString(),
              reel.next.getTimestampMillis() * 1000,
              new SessionClose(CloseMode.DRAIN));
      send(
          reel.key,
          RecordCodec.input().encode(close),
          StagedHeaders.OFFSET,
          Long.toString(reel.next.getOffset() + 1));
    }
  }

  private void decisions(Reel reel, List<DecisionMark> decisions) throws IOException {
    if (!decisions.isEmpty()) {
      send(reel.key, StagedHeaders.encode(decisions), StagedHeaders.DECISIONS, "");
    }
  }

  private void send(SessionKey key, byte[] value, String header, String text) throws IOException {
    ProducerRecord<byte[], byte[]> record =
        new ProducerRecord<>(topic, partitioner.partition(key), key.toBytes(), value);
    record.headers().add(header, text.getBytes(StandardCharsets.UTF_8));
    unsent.add(producer.send(record));
    if (unsent.size() >= MOST_UNSENT) {
      settle();
    }
  }

  private void settle() throws IOException {
    producer.flush();
    for (Future<RecordMetadata> future : unsent) {
      try {
        future.get();
      } catch (ExecutionException e) {
        throw new IOException(
            "Staging topic %s did not take a record: %s"
                .formatted(topic, e.getCause().getMessage()),
            e);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IOException("Interrupted while staging the recording.", e);
      }
    }
    unsent.clear();
  }

  private void await(long beginNanos, long recordedMillis) throws IOException {
    if (Double.isInfinite(speed)) {
      return;
    }
    long due = beginNanos + (long) (Duration.ofMillis(recordedMillis).toNanos() / speed);
    long wait = due - System.nanoTime();
    if (wait > 0) {
      producer.flush();
      try {
        TimeUnit.NANOSECONDS.sleep(wait);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IOException("Interrupted while feeding the recording.", e);
      }
    }
  }

  @Override
  public void close() {
    producer.close();
  }
}
