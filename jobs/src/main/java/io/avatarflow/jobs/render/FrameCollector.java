package io.avatarflow.jobs.render;

import io.avatarflow.operators.codec.MediaFileWriter;
import io.avatarflow.schemas.CloseMark;
import io.avatarflow.schemas.EncodedFrame;
import io.avatarflow.schemas.OpenMark;
import io.avatarflow.schemas.SessionOutput;
import io.avatarflow.schemas.StreamMark;
import io.avatarflow.schemas.Track;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Optional;

/**
 * Takes what a session emits and writes it to the video file: opened by the OPEN mark, complete
 * with the CLOSE mark.
 *
 * <p>Of frames with equal ids the first counts, so that a restored job changes nothing. Until
 * {@link #finish} there is no file at the target.
 */
final class FrameCollector implements AutoCloseable {
  private final Path target;
  private final boolean sheetWanted;
  private final Optional<Recording> recording;
  private final MessageDigest digest = sha256();
  private final LatencyStatistics latency = new LatencyStatistics();
  private MediaFileWriter writer;
  private SheetSampler sheet;
  private OpenMark open;
  private CloseMark close;
  private long videoFrames;
  private long audioPackets;
  private long firstFrameNanos;
  private long lastFrameNanos;

  /**
   * @param target the video file
   * @param sheetWanted true to keep pictures for a contact sheet
   * @param recording where every record goes as well; the caller closes it
   */
  FrameCollector(Path target, boolean sheetWanted, Optional<Recording> recording) {
    this.target = target;
    this.sheetWanted = sheetWanted;
    this.recording = recording;
  }

  /** Adds a record of the frames topic. */
  void add(SessionOutput output) throws IOException {
    if (recording.isPresent()) {
      recording.get().add(output);
    }
    if (output.getBody() instanceof EncodedFrame frame) {
      addFrame(frame);
    } else if (output.getBody() instanceof StreamMark mark) {
      if (mark.getBody() instanceof OpenMark opened && open == null) {
        open = opened;
        writer = new MediaFileWriter(target, opened);
        if (sheetWanted) {
          sheet = new SheetSampler(opened.getCodec(), fps());
        }
      } else if (mark.getBody() instanceof CloseMark closed) {
        close = closed;
      }
    }
  }

  private void addFrame(EncodedFrame frame) throws IOException {
    if (open == null) {
      throw new IOException(
          "The frames topic has a frame before the session's OPEN mark; nothing can be written.");
    }
    boolean video = frame.getTrack() == Track.VIDEO;
    if (frame.getIndex() < (video ? videoFrames : audioPackets)) {
      return;
    }
    writer.write(frame);
    if (video) {
      lastFrameNanos = System.nanoTime();
      if (videoFrames == 0) {
        firstFrameNanos = lastFrameNanos;
      }
      videoFrames = frame.getIndex() + 1;
      latency.add(frame);
      ByteBuffer payload = frame.getPayload().duplicate();
      digest.update(payload);
      if (sheet != null) {
        sheet.add(frame);
      }
    } else {
      audioPackets = frame.getIndex() + 1;
    }
  }

  /** Completes the file and puts it in its place. */
  void finish() throws IOException {
    if (writer == null) {
      throw new IOException(
          "The session ended without a frame; there is nothing to write to %s.".formatted(target));
    }
    writer.finish();
  }

  /** Writes the contact sheet. */
  void writeSheet(Path file) {
    sheet.write(file);
  }

  /** Video frames a second, once the OPEN mark came. */
  double fps() {
    return open.getFpsNumerator() / (double) open.getFpsDenominator();
  }

  /** The CLOSE mark once it came. */
  Optional<CloseMark> closed() {
    return Optional.ofNullable(close);
  }

  Optional<OpenMark> opened() {
    return Optional.ofNullable(open);
  }

  long videoFrames() {
    return videoFrames;
  }

  long firstFrameNanos() {
    return firstFrameNanos;
  }

  /** Wall time from the first to the last frame. */
  double wallSeconds() {
    return (lastFrameNanos - firstFrameNanos) / 1e9;
  }

  LatencyStatistics latency() {
    return latency;
  }

  /** SHA-256 over the video payloads in order; call once, at the end. */
  String framesDigest() {
    return HexFormat.of().formatHex(digest.digest());
  }

  @Override
  public void close() {
    if (writer != null) {
      writer.close();
    }
    if (sheet != null) {
      sheet.close();
    }
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("This Java has no SHA-256, which every Java must have.", e);
    }
  }
}
