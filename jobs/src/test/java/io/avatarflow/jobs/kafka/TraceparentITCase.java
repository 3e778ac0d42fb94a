package io.avatarflow.jobs.kafka;

import static org.assertj.core.api.Assertions.assertThat;

import io.avatarflow.jobs.client.TestSpeech;
import io.avatarflow.jobs.local.EmbeddedStack;
import io.avatarflow.schemas.CloseMark;
import io.avatarflow.schemas.RecordCodec;
import io.avatarflow.schemas.SessionInput;
import io.avatarflow.schemas.SessionKey;
import io.avatarflow.schemas.SessionOutput;
import io.avatarflow.schemas.StreamMark;
import io.avatarflow.schemas.Topics;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.Test;

/**
 * A trace from the producer's header to that of every frame, through broker, job and all operators.
 */
class TraceparentITCase {
  private static final SessionKey KEY = new SessionKey("acme", "traced");
  private static final String TRACE = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

  @Test
  void everyFrameCarriesTheTraceThatOpenedItsSessionAndSampledBlocksAreSpans() throws Exception {
    try (SpanCollector collector = new SpanCollector();
        EmbeddedStack stack = EmbeddedStack.start(0, 1, arguments(collector.endpoint()))) {
      send(stack.bootstrap());
      List<ConsumerRecord<byte[], byte[]>> records = readUntilClosed(stack.bootstrap());
      assertThat(records)
          .hasSizeGreaterThan(20)
          .allSatisfy(record -> assertThat(TraceHeader.read(record.headers())).isEqualTo(TRACE));
      collector.awaitText(KEY.toString(), TRACE, "denoise", "computeMicros");
    }
  }

  private static List<String> arguments(String endpoint) {
    return List.of(
        "--pack", "probe",
        "--start-from", "earliest",
        "--span-sampling", "1",
        "--flink.traces.reporters", "otel",
        "--flink.traces.reporter.otel.factory.class",
            "org.apache.flink.traces.otel.OpenTelemetryTraceReporterFactory",
        "--flink.traces.reporter.otel.exporter.protocol", "HTTP",
        "--flink.traces.reporter.otel.exporter.endpoint", endpoint);
  }

  /** Only the first record, SessionOpen, has the header. */
  private static void send(String bootstrap) {
    RecordCodec<SessionInput> codec = RecordCodec.input();
    try (KafkaProducer<byte[], byte[]> producer =
        new KafkaProducer<>(
            Map.of("bootstrap.servers", bootstrap),
            new ByteArraySerializer(),
            new ByteArraySerializer())) {
      List<Object> bodies = TestSpeech.session(KEY, "probe", 1.0);
      for (int i = 0; i < bodies.size(); i++) {
        ProducerRecord<byte[], byte[]> record =
            new ProducerRecord<>(
                Topics.DEFAULT.input(),
                KEY.toBytes(),
                codec.encode(new SessionInput(KEY.toString(), 0L, bodies.get(i))));
        if (i == 0) {
          record.headers().add(TraceHeader.NAME, TRACE.getBytes(StandardCharsets.US_ASCII));
        }
        var unused = producer.send(record);
      }
      producer.flush();
    }
  }

  private static List<ConsumerRecord<byte[], byte[]>> readUntilClosed(String bootstrap)
      throws Exception {
    RecordCodec<SessionOutput> codec = RecordCodec.output();
    List<ConsumerRecord<byte[], byte[]>> records = new ArrayList<>();
    long deadline = System.nanoTime() + Duration.ofSeconds(90).toNanos();
    try (KafkaConsumer<byte[], byte[]> consumer =
        new KafkaConsumer<>(
            Map.of("bootstrap.servers", bootstrap),
            new ByteArrayDeserializer(),
            new ByteArrayDeserializer())) {
      TopicPartition partition = new TopicPartition(Topics.DEFAULT.frames(), 0);
      consumer.assign(List.of(partition));
      consumer.seekToBeginning(List.of(partition));
      while (System.nanoTime() < deadline) {
        for (ConsumerRecord<byte[], byte[]> record : consumer.poll(Duration.ofMillis(200))) {
          records.add(record);
          if (codec.decode(record.value()).getBody() instanceof StreamMark mark
              && mark.getBody() instanceof CloseMark) {
            return records;
          }
        }
      }
    }
    throw new AssertionError("No CLOSE mark in 90 s; %d records came.".formatted(records.size()));
  }
}
