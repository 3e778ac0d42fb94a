package io.avatarflow.jobs.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.avatarflow.jobs.AvatarJob;
import io.avatarflow.jobs.client.SessionWriter;
import io.avatarflow.jobs.client.TestSpeech;
import io.avatarflow.jobs.local.BrokerMain;
import io.avatarflow.schemas.CloseMark;
import io.avatarflow.schemas.EncodedFrame;
import io.avatarflow.schemas.OpenMark;
import io.avatarflow.schemas.RecordCodec;
import io.avatarflow.schemas.SessionKey;
import io.avatarflow.schemas.SessionOutput;
import io.avatarflow.schemas.StreamMark;
import io.avatarflow.schemas.Topics;
import io.avatarflow.schemas.Track;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import java.util.concurrent.CompletableFuture;
import java.util.stream.LongStream;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The job as a cluster's owner runs it: broker, job manager and task manager are processes of their
 * own.
 */
class AvatarJobOnClusterITCase {
  private static final SessionKey KEY = new SessionKey("acme", "on-a-cluster");
  private static final Topics TOPICS = Topics.DEFAULT;

  @TempDir Path folder;

  @Test
  void aPlainConsumerReadsTheFramesOfASubmittedJob() throws Exception {
    try (LocalProcesses processes = new LocalProcesses(folder)) {
      String bootstrap = startBroker(processes);
      FlinkProcesses cluster = FlinkProcesses.start(processes, folder);
      CompletableFuture<Void> job = submit(bootstrap, cluster.restPort());
      try (SessionWriter writer = new SessionWriter(bootstrap, TOPICS.input(), 60)) {
        TestSpeech.session(KEY, "probe", 1.0).forEach(body -> writer.send(KEY, body));
        writer.flush();
      }

      List<SessionOutput> outputs = readUntilClosed(bootstrap, job);

      assertThat(outputs.get(0).getBody())
          .isInstanceOfSatisfying(
              StreamMark.class,
              mark -> {
                assertThat(mark.getBody()).isInstanceOf(OpenMark.class);
                assertThat(((OpenMark) mark.getBody()).getSynthetic()).isTrue();
              });
      List<Long> video = indices(outputs, Track.VIDEO);
      assertThat(video).containsExactlyElementsOf(LongStream.range(0, 25).boxed().toList());
      // One packet more than a second holds: it carries what the encoder's look-ahead kept back.
      assertThat(indices(outputs, Track.AUDIO))
          .containsExactlyElementsOf(LongStream.range(0, 51).boxed().toList());
    }
  }

  private String startBroker(LocalProcesses processes) throws Exception {
    Path log = Files.createDirectories(folder.resolve("kafka"));
    processes.start(
        "broker",
        BrokerMain.class.getName(),
        List.of("-Xmx256m", "-XX:+UseSerialGC"),
        List.of(log.toString(), "0", "2"));
    LocalProcesses.await("the broker", Duration.ofSeconds(90), () -> ready(processes));
    return line(processes).substring("ready ".length());
  }

  private static boolean ready(LocalProcesses processes) {
    return !line(processes).isEmpty();
  }

  private static String line(LocalProcesses processes) {
    try {
      return processes
          .output("broker")
          .lines()
          .filter(l -> l.startsWith("ready "))
          .findFirst()
          .orElse("");
    } catch (java.io.IOException e) {
      return "";
    }
  }

  private static CompletableFuture<Void> submit(String bootstrap, int restPort) {
    return CompletableFuture.runAsync(
        () -> {
          try {
            AvatarJob.main(
                new String[] {
                  "--bootstrap", bootstrap,
                  "--pack", "probe",
                  "--start-from", "earliest",
                  "--parallelism", "2",
                  "--flink.execution.target", "remote",
                  "--flink.rest.address", "127.0.0.1",
                  "--flink.rest.port", Integer.toString(restPort)
                });
          } catch (Exception e) {
            throw new IllegalStateException(e);
          }
        });
  }

  private static List<SessionOutput> readUntilClosed(String bootstrap, CompletableFuture<Void> job)
      throws Exception {
    Properties properties = new Properties();
    properties.put("bootstrap.servers", bootstrap);
    RecordCodec<SessionOutput> codec = RecordCodec.output();
    List<SessionOutput> outputs = new ArrayList<>();
    long deadline = System.nanoTime() + Duration.ofMinutes(2).toNanos();
    try (KafkaConsumer<byte[], byte[]> consumer =
        new KafkaConsumer<>(properties, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
      List<TopicPartition> partitions =
          List.of(new TopicPartition(TOPICS.frames(), 0), new TopicPartition(TOPICS.frames(), 1));
      consumer.assign(partitions);
      consumer.seekToBeginning(partitions);
      while (System.nanoTime() < deadline) {
        for (ConsumerRecord<byte[], byte[]> record : consumer.poll(Duration.ofMillis(200))) {
          assertThat(
                  SessionKey.parse(
                      new String(record.key(), java.nio.charset.StandardCharsets.UTF_8)))
              .isEqualTo(KEY);
          SessionOutput output = codec.decode(record.value());
          outputs.add(output);
          if (output.getBody() instanceof StreamMark mark && mark.getBody() instanceof CloseMark) {
            return outputs;
          }
        }
        if (job.isCompletedExceptionally()) {
          job.join();
        }
      }
    }
    throw new AssertionError("No CLOSE mark in 120 s; %d records came.".formatted(outputs.size()));
  }

  private static List<Long> indices(List<SessionOutput> outputs, Track track) {
    return outputs.stream()
        .map(SessionOutput::getBody)
        .filter(EncodedFrame.class::isInstance)
        .map(EncodedFrame.class::cast)
        .filter(frame -> frame.getTrack() == track)
        .map(EncodedFrame::getIndex)
        .toList();
  }
}
