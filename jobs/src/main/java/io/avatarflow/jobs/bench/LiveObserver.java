package io.avatarflow.jobs.bench;

import io.avatarflow.schemas.AudioChunk;
import io.avatarflow.schemas.DecisionMark;
import io.avatarflow.schemas.EncodedFrame;
import io.avatarflow.schemas.Interrupt;
import io.avatarflow.schemas.MalformedRecordException;
import io.avatarflow.schemas.RecordCodec;
import io.avatarflow.schemas.SessionClose;
import io.avatarflow.schemas.SessionInput;
import io.avatarflow.schemas.SessionOpen;
import io.avatarflow.schemas.SessionOutput;
import io.avatarflow.schemas.StreamMark;
import io.avatarflow.schemas.Topics;
import io.avatarflow.schemas.Track;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/**
 * A consumer beside the engine that reads both what producers sent and what viewers get, and notes
 * when each record was made and when it arrived.
 *
 * <p>Life cycle: the constructor begins to read on a thread of its own, from the topics' ends;
 * {@link #stop} ends that, and what was seen may be looked at afterwards.
 */
final class LiveObserver implements AutoCloseable {
  private static final Duration POLL = Duration.ofMillis(20);

  private final KafkaConsumer<byte[], byte[]> consumer;
  private final RecordCodec<SessionInput> inputs = RecordCodec.input();
  private final RecordCodec<SessionOutput> outputs = RecordCodec.output();
  private final Map<String, LiveSession> sessions = new HashMap<>();
  private final LoopThread thread;
  private long inputBytes;
  private long outputBytes;

  LiveObserver(String bootstrap, Properties kafka) {
    Properties properties = new Properties();
    properties.putAll(kafka);
    properties.put(ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG, bootstrap);
    properties.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, "false");
    consumer =
        new KafkaConsumer<>(properties, new ByteArrayDeserializer(), new ByteArrayDeserializer());
    List<TopicPartition> partitions = new ArrayList<>();
    for (String topic : List.of(Topics.DEFAULT.input(), Topics.DEFAULT.frames())) {
      consumer
          .partitionsFor(topic)
          .forEach(p -> partitions.add(new TopicPartition(topic, p.partition())));
    }
    consumer.assign(partitions);
    consumer.seekToEnd(partitions);
    // The seek is lazy; without this, records sent before the first poll would be missed.
    partitions.forEach(consumer::position);
    thread = LoopThread.start("bench-observer", this::read);
  }

  private boolean read() throws MalformedRecordException {
    Iterable<ConsumerRecord<byte[], byte[]>> records = consumer.poll(POLL);
    long now = ChronoUnit.MICROS.between(Instant.EPOCH, Instant.now());
    for (ConsumerRecord<byte[], byte[]> record : records) {
      if (record.topic().equals(Topics.DEFAULT.input())) {
        inputBytes += record.value().length;
        input(record, inputs.decode(record.value()));
      } else {
        outputBytes += record.value().length;
        output(record, outputs.decode(record.value()), now);
      }
    }
    return true;
  }

  private void input(ConsumerRecord<byte[], byte[]> record, SessionInput input) {
    LiveSession session = session(input.getSessionKey());
    long produced = input.getProducedAtMicros();
    if (input.getBody() instanceof AudioChunk chunk) {
      session.chunk(chunk, record.offset(), produced, record.timestamp());
    } else if (input.getBody() instanceof SessionOpen) {
      session.opened(produced);
    } else if (input.getBody() instanceof Interrupt interrupt) {
      session.bargeIn(interrupt.getNewEpoch(), produced);
    } else if (input.getBody() instanceof SessionClose) {
      session.closed(produced);
    }
  }

  private void output(
      ConsumerRecord<byte[], byte[]> record, SessionOutput output, long polledMicros) {
    LiveSession session = session(output.getSessionKey());
    if (output.getBody() instanceof EncodedFrame frame && frame.getTrack() == Track.VIDEO) {
      session.videoFrame(frame, output.getEpoch(), polledMicros, record.timestamp());
    } else if (output.getBody() instanceof StreamMark mark
        && mark.getBody() instanceof DecisionMark decision) {
      session.decision(decision);
    }
  }

  private LiveSession session(String key) {
    return sessions.computeIfAbsent(key, k -> new LiveSession());
  }

  /** Ends the reading and returns what was seen, by session key. */
  Map<String, LiveSession> stop() {
    thread.close();
    thread.check();
    return Map.copyOf(sessions);
  }

  /** Bytes of the values that producers sent; behind {@link #stop}. */
  long inputBytes() {
    return inputBytes;
  }

  /** Bytes of the values that viewers got; behind {@link #stop}. */
  long outputBytes() {
    return outputBytes;
  }

  @Override
  public void close() {
    thread.close();
    consumer.close();
  }
}
