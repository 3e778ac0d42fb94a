package io.avatarflow.jobs.replay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.avatarflow.jobs.client.BundledOpen;
import io.avatarflow.schemas.CloseMode;
import io.avatarflow.schemas.RecordCodec;
import io.avatarflow.schemas.RecordedMessage;
import io.avatarflow.schemas.SessionClose;
import io.avatarflow.schemas.SessionInput;
import io.avatarflow.schemas.SessionKey;
import io.avatarflow.schemas.SessionSource;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RecordingFolderTest {
  private static final Instant NOON = Instant.parse("2026-01-31T12:00:00Z");

  @TempDir Path root;

  @BeforeEach
  void record() throws IOException {
    record("acme/early", NOON);
    record("acme/late", NOON.plusSeconds(60));
    record("other/early", NOON);
  }

  /** A session whose close was sent an hour before its open. */
  private void record(String key, Instant opened) throws IOException {
    try (MessageLogWriters logs = new MessageLogWriters()) {
      MessageLog log = new RecordingFolder(root).input(SessionKey.parse(key));
      logs.append(log, message(key, opened.minusSeconds(3600), new SessionClose(CloseMode.DRAIN)));
      logs.append(
          log, message(key, opened, BundledOpen.of("probe", "00", "ada", 1, SessionSource.LIVE)));
    }
  }

  private static RecordedMessage message(String key, Instant time, Object body) {
    return new RecordedMessage(
        0,
        0L,
        time.toEpochMilli(),
        ByteBuffer.wrap(RecordCodec.input().encode(new SessionInput(key, 0L, body))));
  }

  private RecordingFolder chosen(String from, String to, String session, String tenant) {
    return new RecordingFolder(
        root,
        new SessionSelection(
            Optional.ofNullable(from).map(Instant::parse),
            Optional.ofNullable(to).map(Instant::parse),
            Optional.ofNullable(session),
            Optional.ofNullable(tenant)));
  }

  @Test
  void allSessionsAreMeantWhenNothingIsChosen() throws IOException {
    assertThat(new RecordingFolder(root).sessions())
        .extracting(SessionKey::toString)
        .containsExactly("acme/early", "acme/late", "other/early");
  }

  @Test
  void sessionsAreChosenByKeyTenantAndTheTimeOfTheirOpening() throws IOException {
    assertThat(chosen(null, null, "acme/late", null).sessions())
        .extracting(SessionKey::toString)
        .containsExactly("acme/late");
    assertThat(chosen(null, null, null, "acme").sessions())
        .extracting(SessionKey::toString)
        .containsExactly("acme/early", "acme/late");
    assertThat(chosen("2026-01-31T12:00:01Z", null, null, null).sessions())
        .extracting(SessionKey::toString)
        .containsExactly("acme/late");
    assertThat(chosen("2026-01-31T12:00:00Z", "2026-01-31T12:01:00Z", null, null).sessions())
        .extracting(SessionKey::toString)
        .containsExactly("acme/early", "other/early");
  }

  @Test
  void aChoiceThatNoSessionFitsIsSaid() {
    assertThatThrownBy(() -> chosen(null, null, "acme/none", null).sessions())
        .isInstanceOf(IOException.class)
        .hasMessage(
            "Recording %s has no session that fits among its 3; look at --from, --to, --session and --tenant.",
            root);
  }
}
