package io.avatarflow.operators.host;

import static org.assertj.core.api.Assertions.assertThat;

import io.avatarflow.operators.stage.SessionRecord;
import io.avatarflow.schemas.SessionEvent;
import io.avatarflow.schemas.SessionEventType;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.apache.logging.log4j.Level;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.core.LogEvent;
import org.apache.logging.log4j.core.Logger;
import org.apache.logging.log4j.core.appender.AbstractAppender;
import org.apache.logging.log4j.core.config.Property;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.MDC;

class SessionLogTest {
  private static final String KEY = "acme/one";

  private final List<LogEvent> events = new CopyOnWriteArrayList<>();
  private final Logger logger = (Logger) LogManager.getLogger(SessionLog.class);
  private final AbstractAppender appender =
      new AbstractAppender("kept", null, null, false, Property.EMPTY_ARRAY) {
        @Override
        public void append(LogEvent event) {
          events.add(event.toImmutable());
        }
      };
  private final Level before = logger.getLevel();

  @BeforeEach
  void listen() {
    appender.start();
    logger.addAppender(appender);
    logger.setLevel(Level.INFO);
  }

  @AfterEach
  void forget() {
    logger.removeAppender(appender);
    logger.setLevel(before);
  }

  @Test
  void anEventIsALineWithSessionAndEpochInTheContext() {
    SessionLog.made(
        new SessionRecord.Event(
            new SessionEvent(KEY, 1280L, SessionEventType.REFUSED, "no-seat", "Full.")),
        3);
    assertThat(events).hasSize(1);
    assertThat(events.get(0).getContextData().toMap())
        .isEqualTo(Map.of("session", KEY, "epoch", "3"));
    assertThat(events.get(0).getMessage().getFormattedMessage())
        .isEqualTo("REFUSED (no-seat) at sample 1280: Full.");
  }

  @Test
  void aFailureIsLoggedWithItsStack() {
    IllegalStateException cause = new IllegalStateException("NaN");
    SessionLog.failed(KEY, 0, "denoise", cause);
    assertThat(events).hasSize(1);
    assertThat(events.get(0).getThrown()).isSameAs(cause);
    assertThat(events.get(0).getContextData().toMap()).containsEntry("session", KEY);
  }

  @Test
  void nothingIsLeftInTheContextAndOtherRecordsAreNotLogged() {
    SessionLog.made(Records.end(KEY), 0);
    SessionLog.failed(KEY, 0, "denoise", new IllegalStateException("NaN"));
    assertThat(events).hasSize(1);
    assertThat(MDC.get("session")).isNull();
  }
}
