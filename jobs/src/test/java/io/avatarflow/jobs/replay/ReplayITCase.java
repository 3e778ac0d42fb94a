package io.avatarflow.jobs.replay;

import static org.assertj.core.api.Assertions.assertThat;

import io.avatarflow.jobs.client.SessionReader;
import io.avatarflow.jobs.client.SessionWriter;
import io.avatarflow.jobs.client.TestSpeech;
import io.avatarflow.jobs.kafka.NewTopics;
import io.avatarflow.jobs.local.EmbeddedStack;
import io.avatarflow.jobs.render.Progress;
import io.avatarflow.schemas.AudioChunk;
import io.avatarflow.schemas.CloseMark;
import io.avatarflow.schemas.EncodedFrame;
import io.avatarflow.schemas.Interrupt;
import io.avatarflow.schemas.RecordCodec;
import io.avatarflow.schemas.SessionKey;
import io.avatarflow.schemas.SessionOutput;
import io.avatarflow.schemas.StreamMark;
import io.avatarflow.schemas.Topics;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Properties;
import java.util.Set;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.admin.NewTopic;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** Live sessions of a cell, recorded from its topics and made again. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ReplayITCase {
  private static final SessionKey SMOOTH = new SessionKey("one", "smooth");
  private static final SessionKey ROUGH = new SessionKey("two", "rough");
  private static final Duration PATIENCE = Duration.ofSeconds(90);
  private static final Topics TOPICS = Topics.DEFAULT;

  @TempDir Path folder;
  private EmbeddedStack cell;

  @BeforeAll
  void liveSessions() throws Exception {
    cell =
        EmbeddedStack.start(
            0, 2, List.of("--pack", "probe", "--start-from", "earliest", "--pacing", "realtime"));
    try (SessionWriter writer = new SessionWriter(cell.bootstrap(), TOPICS.input(), 60)) {
      List<Object> smooth = TestSpeech.session(SMOOTH, "probe", 1.2);
      List<Object> rough = TestSpeech.session(ROUGH, "probe", 1.2);
      writer.send(SMOOTH, smooth.get(0));
      writer.send(ROUGH, rough.get(0));
      awaitFrames(2);
      for (int i = 1; i < smooth.size(); i++) {
        writer.send(SMOOTH, smooth.get(i));
        // Half of the audio never comes, then the viewer speaks, then there is more audio.
        if (i < 4) {
          writer.send(ROUGH, rough.get(i));
        } else if (i == 9) {
          writer.send(ROUGH, new Interrupt(1L));
        } else if (i > 9 && rough.get(i) instanceof AudioChunk chunk) {
          writer.send(ROUGH, ofEpochOne(chunk, (i - 10) * 1_600L));
        }
        Thread.sleep(100);
      }
      writer.send(ROUGH, rough.get(rough.size() - 1));
      writer.flush();
    }
    await(cell.bootstrap(), TOPICS.frames(), 2);
  }

  /** Waits until sessions have made their first frames: what comes now comes in the middle. */
  private void awaitFrames(int sessions) throws Exception {
    Set<String> running = new HashSet<>();
    long end = System.nanoTime() + PATIENCE.toNanos();
    try (SessionReader<SessionOutput> reader =
        new SessionReader<>(cell.bootstrap(), TOPICS.frames(), RecordCodec.output())) {
      while (running.size() < sessions) {
        assertThat(System.nanoTime()).as("sessions begin in time").isLessThan(end);
        for (SessionOutput output : reader.poll(Duration.ofMillis(100))) {
          if (output.getBody() instanceof EncodedFrame) {
            running.add(output.getSessionKey());
          }
        }
      }
    }
  }

  private static AudioChunk ofEpochOne(AudioChunk chunk, long firstSample) {
    return AudioChunk.newBuilder(chunk).setEpoch(1).setFirstSample(firstSample).build();
  }

  @AfterAll
  void stop() throws Exception {
    cell.close();
  }

  @Test
  void whatWasLivedIsMadeAgainPictureByPicture() throws Exception {
    RecordingFolder recording = record(SessionSelection.ALL);

    RecordingFolder again = replay(recording, true);

    ReplayVerification verification = ReplayVerification.of(recording, again);
    assertThat(verification.sessions()).hasSize(2);
    assertThat(verification.sessions())
        .allSatisfy(session -> assertThat(session.equal()).isPositive());
    assertThat(verification.isEqual()).as("%s", verification.sessions()).isTrue();
    assertThat(again.folder(SMOOTH).resolve("video.mp4")).isNotEmptyFile();
    assertThat(again.folder(SMOOTH).resolve("records.jsonl")).isNotEmptyFile();
  }

  @Test
  void theIdealRunDiffersWhereTheClockDecidedAndNamesIngest() throws Exception {
    RecordingFolder recording = record(SessionSelection.ALL);

    ReplayVerification verification = ReplayVerification.of(recording, replay(recording, false));

    StreamComparison.Result rough =
        verification.sessions().stream().filter(s -> s.key().equals(ROUGH)).findFirst().get();
    assertThat(rough.isEqual()).isFalse();
    assertThat(rough.first().orElseThrow().operator()).isEqualTo("ingest");
  }

  @Test
  void onlyTheChosenSessionsAreRecorded() throws Exception {
    RecordingFolder tenant =
        record(
            new SessionSelection(
                Optional.empty(), Optional.empty(), Optional.empty(), Optional.of("two")));

    assertThat(tenant.sessions()).containsExactly(ROUGH);
    assertThat(RecordingExport.write(tenant)).isEqualTo(1);
    assertThat(tenant.folder(ROUGH).resolve("video.mp4")).isNotEmptyFile();
  }

  @Test
  void aTopicGetsEveryRecordOnce() throws Exception {
    RecordingFolder recording = record(SessionSelection.ALL);
    Properties admin = new Properties();
    admin.put(AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG, cell.bootstrap());
    try (Admin client = Admin.create(admin)) {
      NewTopics.create(client, List.of(new NewTopic("again", 2, (short) 1)), PATIENCE);

      new ReplayToTopic(
              request(recording, true),
              cell.bootstrap(),
              new Properties(),
              "again",
              Progress.silent())
          .run();

      assertThat(client.listTopics().names().get()).noneMatch(n -> n.contains("replay-"));
    }
    assertThat(await(cell.bootstrap(), "again", 2)).doesNotHaveDuplicates();
  }

  private RecordingFolder record(SessionSelection selection) throws Exception {
    RecordingFolder recording = new RecordingFolder(Files.createTempDirectory(folder, "recorded"));
    new TopicRecorder(cell.bootstrap(), new Properties())
        .record(TOPICS.input(), Optional.of(TOPICS.frames()), selection, recording);
    return recording;
  }

  private RecordingFolder replay(RecordingFolder recording, boolean asLived) throws Exception {
    RecordingFolder out = new RecordingFolder(Files.createTempDirectory(folder, "replayed"));
    new ReplayToFolder(request(recording, asLived), out, Progress.silent()).run();
    return out;
  }

  private static ReplayRequest request(RecordingFolder recording, boolean asLived) {
    return new ReplayRequest(
        recording,
        Optional.empty(),
        asLived,
        Double.POSITIVE_INFINITY,
        1,
        List.of(),
        Optional.empty());
  }

  /** Waits for the end of so many sessions and returns all records, as text without times. */
  private static List<String> await(String bootstrap, String topic, int sessions) throws Exception {
    List<String> records = new ArrayList<>();
    Set<String> closed = new HashSet<>();
    long end = System.nanoTime() + PATIENCE.toNanos();
    try (SessionReader<SessionOutput> reader =
        new SessionReader<>(bootstrap, topic, RecordCodec.output())) {
      while (closed.size() < sessions) {
        assertThat(System.nanoTime()).as("sessions close in time").isLessThan(end);
        for (SessionOutput output : reader.poll(Duration.ofMillis(100))) {
          records.add(RecordJson.line(output));
          if (output.getBody() instanceof StreamMark mark && mark.getBody() instanceof CloseMark) {
            closed.add(output.getSessionKey());
          }
        }
      }
    }
    return records;
  }
}
