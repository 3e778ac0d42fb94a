package io.avatarflow.operators.codec;

import static io.avatarflow.operators.codec.TestBlocks.SIZE;
import static io.avatarflow.operators.codec.TestBlocks.info;

import io.avatarflow.operators.stage.SessionRecord;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/** The sessions of one test; frees their encoders behind it. */
final class TestSessions implements AfterEachCallback {
  static final EncodeStage.Format AT_25 = new EncodeStage.Format(25, 2, SIZE, SIZE, 16_000);
  static final EncodeStage.Format AT_30 = new EncodeStage.Format(30, 1, SIZE, SIZE, 24_000);

  private final List<TestSession> sessions = new ArrayList<>();

  @Override
  public void afterEach(ExtensionContext context) {
    for (TestSession session : sessions) {
      session.loseEncoders();
    }
  }

  TestSession open(EncodeStage.Format format, String codec) {
    return open(format, codec, SIZE);
  }

  TestSession open(EncodeStage.Format format, String codec, int size) {
    TestSession session = new TestSession(format, info(codec, size));
    sessions.add(session);
    session.opened = session.run(new SessionRecord.Start(session.info));
    return session;
  }
}
