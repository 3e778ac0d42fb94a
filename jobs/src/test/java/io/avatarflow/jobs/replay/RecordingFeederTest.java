package io.avatarflow.jobs.replay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.avatarflow.schemas.DecisionMark;
import io.avatarflow.schemas.KeyFrameRequest;
import io.avatarflow.schemas.RecordCodec;
import io.avatarflow.schemas.RecordedMessage;
import io.avatarflow.schemas.SessionInput;
import io.avatarflow.schemas.SessionKey;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

class RecordingFeederTest {
  @TempDir Path root;

  /** A session of one record a second. */
  private void record(String key, int fromSecond, int toSecond) throws IOException {
    try (MessageLogWriters logs = new MessageLogWriters()) {
      MessageLog log = new RecordingFolder(root).input(SessionKey.parse(key));
      for (int second = fromSecond; second <= toSecond; second++) {
        SessionInput input = new SessionInput(key, 0L, new KeyFrameRequest());
        logs.append(
            log,
            new RecordedMessage(
                0,
                (long) second,
                second * 1000L,
                ByteBuffer.wrap(RecordCodec.input().encode(input))));
      }
    }
  }

  /** Remembers what was staged, and how many logs were open meanwhile. */
  private static final class Seen implements Staging {
    private final List<String> inputs = new ArrayList<>();
    private long mostOpen;

    @Override
    public void input(SessionKey key, long offset, byte[] value) throws IOException {
      inputs.add(key + " " + offset);
      mostOpen = Math.max(mostOpen, openLogs());
    }

    private static long openLogs() throws IOException {
      Path descriptors = Path.of("/proc/self/fd");
      if (!Files.isDirectory(descriptors)) {
        return 0;
      }
      try (Stream<Path> open = Files.list(descriptors)) {
        return open.filter(RecordingFeederTest::isLog).count();
      }
    }

    @Override
    public void decisions(SessionKey key, List<DecisionMark> decisions) {
      throw new IllegalStateException("Nothing was decided.");
    }

    @Override
    public void settle() {
      // Everything is there at once.
    }

    @Override
    public void close() {
      // Holds nothing.
    }
  }

  private static boolean isLog(Path descriptor) {
    try {
      return Files.readSymbolicLink(descriptor).endsWith("input.avro");
    } catch (IOException e) {
      return false;
    }
  }

  private Seen feed(boolean asLived) throws IOException {
    Seen seen = new Seen();
    new RecordingFeeder(new RecordingFolder(root), seen, asLived, Double.POSITIVE_INFINITY).feed();
    return seen;
  }

  @Test
  void sessionsAreStagedTogetherInTheOrderOfTheirTimesEachWithAClose() throws IOException {
    record("acme/b", 1, 3);
    record("acme/a", 2, 4);
    record("acme/c", 7, 7);

    assertThat(feed(false).inputs)
        .containsExactly(
            "acme/b 1",
            "acme/a 2",
            "acme/b 2",
            "acme/a 3",
            "acme/b 3",
            "acme/b 4",
            "acme/a 4",
            "acme/a 5",
            "acme/c 7",
            "acme/c 8");
  }

  @Test
  @EnabledOnOs(OS.LINUX)
  void onlyWhatWasRecordedAtTheSameTimeIsOpenAtTheSameTime() throws IOException {
    for (int i = 0; i < 200; i++) {
      record("acme/s" + i, 10 * i, 10 * i + 25);
    }
    Seen seen = feed(false);

    assertThat(seen.inputs).hasSize(200 * 27);
    assertThat(seen.mostOpen).isBetween(1L, 3L);
  }

  @Test
  void aSessionWithoutItsDecisionsIsToldBeforeAnythingIsStaged() throws IOException {
    record("acme/a", 1, 2);
    assertThatThrownBy(() -> feed(true))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("no output of session acme/a")
        .hasMessageContaining("--ideal");
  }
}
