package io.avatarflow.jobs.local;

import static org.assertj.core.api.Assertions.assertThat;

import io.avatarflow.jobs.client.SessionReader;
import io.avatarflow.jobs.client.SessionWriter;
import io.avatarflow.jobs.client.TestSpeech;
import io.avatarflow.jobs.replay.RecordingFolder;
import io.avatarflow.jobs.replay.SessionSelection;
import io.avatarflow.jobs.replay.TopicRecorder;
import io.avatarflow.schemas.CloseMark;
import io.avatarflow.schemas.CloseMode;
import io.avatarflow.schemas.EncodedFrame;
import io.avatarflow.schemas.RecordCodec;
import io.avatarflow.schemas.SessionClose;
import io.avatarflow.schemas.SessionKey;
import io.avatarflow.schemas.SessionOutput;
import io.avatarflow.schemas.StreamMark;
import io.avatarflow.schemas.Topics;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The steps of docs/runbooks/erase-a-person.md, in their order. */
class ErasedSessionITCase {
  private static final SessionKey KEY = new SessionKey("acme", "gone");
  private static final Topics TOPICS = Topics.DEFAULT;

  @TempDir Path folder;

  @Test
  void aClosedSessionIsGoneForEveryReaderOnceItsRecordsAreDeleted() throws Exception {
    try (EmbeddedStack cell =
            EmbeddedStack.start(
                0,
                1,
                List.of("--pack", "probe", "--start-from", "earliest", "--pacing", "realtime"));
        SessionWriter writer = new SessionWriter(cell.bootstrap(), TOPICS.input(), 60);
        SessionReader<SessionOutput> reader =
            new SessionReader<>(cell.bootstrap(), TOPICS.frames(), RecordCodec.output())) {
      List<Object> bodies = TestSpeech.session(KEY, "probe", 1);
      bodies.subList(0, bodies.size() - 1).forEach(body -> writer.send(KEY, body));
      await(reader, output -> output.getBody() instanceof EncodedFrame);
      assertThat(recorded(cell, "before")).containsExactly(KEY.toString());

      writer.send(KEY, SessionClose.newBuilder().setMode(CloseMode.NOW).build());
      writer.flush();
      await(
          reader,
          output ->
              output.getBody() instanceof StreamMark mark && mark.getBody() instanceof CloseMark);
      deleteAll(cell.bootstrap());

      assertThat(recorded(cell, "after")).isEmpty();
      assertThat(new SessionReader<>(cell.bootstrap(), TOPICS.frames(), RecordCodec.output()))
          .satisfies(
              again -> {
                try (again) {
                  assertThat(again.poll(Duration.ofSeconds(2))).isEmpty();
                }
              });
      assertThat(cell.failure()).isEmpty();
    }
  }

  private Set<String> recorded(EmbeddedStack cell, String name) throws Exception {
    return new TopicRecorder(cell.bootstrap(), new Properties())
        .record(
            TOPICS.input(),
            Optional.of(TOPICS.frames()),
            SessionSelection.ALL,
            new RecordingFolder(folder.resolve(name)));
  }

  /** What kafka-delete-records does: everything that the topics hold now. */
  private static void deleteAll(String bootstrap) throws Exception {
    Properties properties = new Properties();
    properties.put("bootstrap.servers", bootstrap);
    try (Admin admin = Admin.create(properties)) {
      Map<TopicPartition, RecordsToDelete> deleted = new HashMap<>();
      for (String topic :
          List.of(TOPICS.input(), TOPICS.frames(), TOPICS.events(), TOPICS.rejects())) {
        TopicPartition partition = new TopicPartition(topic, 0);
        long end =
            admin
                .listOffsets(Map.of(partition, OffsetSpec.latest()))
                .partitionResult(partition)
                .get(20, TimeUnit.SECONDS)
                .offset();
        deleted.put(partition, RecordsToDelete.beforeOffset(end));
      }
      admin.deleteRecords(deleted).all().get(20, TimeUnit.SECONDS);
    }
  }

  private static void await(SessionReader<SessionOutput> reader, Predicate<SessionOutput> wanted)
      throws Exception {
    long end = System.nanoTime() + Duration.ofSeconds(90).toNanos();
    while (reader.poll(Duration.ofMillis(50)).stream().noneMatch(wanted)) {
      assertThat(System.nanoTime()).as("the awaited record comes").isLessThan(end);
    }
  }
}
