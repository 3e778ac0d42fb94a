package io.avatarflow.jobs.live;

import io.avatarflow.operators.codec.AudioFileReader;
import io.avatarflow.operators.codec.AudioFileReader.PcmChunk;
import io.avatarflow.schemas.CloseMark;
import io.avatarflow.schemas.CloseMode;
import io.avatarflow.schemas.CloseReason;
import io.avatarflow.schemas.EncodedFrame;
import io.avatarflow.schemas.SessionClose;
import io.avatarflow.schemas.SessionEvent;
import io.avatarflow.schemas.SessionEventType;
import io.avatarflow.schemas.SessionKey;
import io.avatarflow.schemas.SessionOutput;
import io.avatarflow.schemas.StreamMark;
import io.avatarflow.schemas.Track;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/**
 * One live session as its caller sees it: it sends an audio file at the speed of speech, each chunk
 * when its last sample was spoken, and counts what comes back. One thread.
 */
final class SpokenSession implements AutoCloseable {
  /** How much is sent at a time. */
  static final Duration CHUNK = Duration.ofMillis(40);

  private static final double NANOS = 1e9;

  private final SessionKey key;
  private final AudioFileReader audio;
  private final long openedNanos;
  private Optional<PcmChunk> next;
  private boolean finished;
  private long frames;
  private long firstFrameNanos;
  private String end = "";
  private boolean failed;

  /**
   * @param nowNanos when it opens
   */
  SpokenSession(SessionKey key, Path file, long nowNanos) {
    this.key = key;
    this.audio = new AudioFileReader(file, CHUNK);
    this.openedNanos = nowNanos;
    this.next = audio.next();
  }

  SessionKey key() {
    return key;
  }

  /** When {@link #take} has something; never for one that has said everything or was ended. */
  long dueNanos() {
    if (finished || isOver()) {
      return Long.MAX_VALUE;
    }
    return next.map(
            chunk ->
                openedNanos
                    + (long) (NANOS * (chunk.firstSample() + chunk.samples()) / audio.sampleRate()))
        .orElse(openedNanos);
  }

  /** The record that is due. */
  Object take() {
    if (next.isEmpty()) {
      finished = true;
      return SessionClose.newBuilder().setMode(CloseMode.DRAIN).build();
    }
    PcmChunk chunk = next.get();
    next = audio.next();
    return audio.toRecord(chunk, next.isEmpty());
  }

  /** Takes notice of what came on the frames topic. */
  void see(SessionOutput output, long nowNanos) {
    if (output.getBody() instanceof EncodedFrame frame && frame.getTrack() == Track.VIDEO) {
      firstFrameNanos = frames == 0 ? nowNanos : firstFrameNanos;
      frames++;
    } else if (output.getBody() instanceof StreamMark mark
        && mark.getBody() instanceof CloseMark close) {
      end(close.getReason() == CloseReason.CLOSED ? "closed" : close.getDetail(), close);
    }
  }

  private void end(String how, CloseMark close) {
    end = how;
    failed = close.getReason() != CloseReason.CLOSED;
  }

  /** Takes notice of what came on the events topic. */
  void see(SessionEvent event) {
    SessionEventType type = event.getType();
    if (type == SessionEventType.REFUSED || type == SessionEventType.FAILED) {
      end = "%s (%s): %s".formatted(word(type), event.getReason(), event.getDetail());
      failed = true;
    }
  }

  private static String word(SessionEventType type) {
    return type.name().toLowerCase(java.util.Locale.ROOT);
  }

  /** True when nothing more comes. */
  boolean isOver() {
    return !end.isEmpty();
  }

  /** True when it was refused, failed or ended early. */
  boolean hasFailed() {
    return failed;
  }

  /** What came of it, one line. */
  String summary() {
    String first =
        frames == 0
            ? "no frame"
            : "%d frames, the first after %d ms"
                .formatted(frames, (firstFrameNanos - openedNanos) / 1_000_000);
    return "%s: %s, %s".formatted(key, first, end);
  }

  @Override
  public void close() {
    audio.close();
  }
}
