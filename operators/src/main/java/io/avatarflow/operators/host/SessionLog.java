package io.avatarflow.operators.host;

import io.avatarflow.operators.stage.SessionRecord;
import io.avatarflow.schemas.SessionEvent;
import io.avatarflow.schemas.SessionEventType;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.MDC;

/**
 * The log of sessions: a line for each event, by the operator that makes it, with the session's key
 * and epoch in the logging context, where a layout finds them as {@value #SESSION} and {@value
 * #EPOCH}. Media is never logged.
 */
final class SessionLog {
  /** Name of the session's key in the context. */
  static final String SESSION = "session";

  /** Name of its epoch. */
  static final String EPOCH = "epoch";

  private static final Logger LOG = LoggerFactory.getLogger(SessionLog.class);

  private SessionLog() {}

  /** Logs a record that an operator made, if it is an event. */
  static void made(SessionRecord record, long epoch) {
    if (record instanceof SessionRecord.Event made && LOG.isInfoEnabled()) {
      SessionEvent event = made.event();
      with(event.getSessionKey(), epoch, () -> log(event));
    }
  }

  /** Logs that a stage failed a session, with the stack. */
  static void failed(String key, long epoch, String stage, Throwable cause) {
    with(
        key,
        epoch,
        () -> LOG.warn("Stage {} fails session {}; other sessions go on.", stage, key, cause));
  }

  private static void log(SessionEvent event) {
    SessionEventType type = event.getType();
    String reason = event.getReason().isEmpty() ? "" : " (" + event.getReason() + ")";
    if (event.getDetail().isEmpty()) {
      LOG.info("{}{} at sample {}", type, reason, event.getAtSample());
    } else {
      LOG.info("{}{} at sample {}: {}", type, reason, event.getAtSample(), event.getDetail());
    }
  }

  private static void with(String key, long epoch, Runnable logging) {
    MDC.put(SESSION, key);
    MDC.put(EPOCH, Long.toString(epoch));
    try {
      logging.run();
    } finally {
      MDC.remove(SESSION);
      MDC.remove(EPOCH);
    }
  }
}
