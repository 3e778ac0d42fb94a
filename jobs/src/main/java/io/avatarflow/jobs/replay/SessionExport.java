package io.avatarflow.jobs.replay;

import io.avatarflow.operators.codec.MediaFileWriter;
import io.avatarflow.schemas.EncodedFrame;
import io.avatarflow.schemas.OpenMark;
import io.avatarflow.schemas.SessionKey;
import io.avatarflow.schemas.SessionOutput;
import io.avatarflow.schemas.StreamMark;
import io.avatarflow.schemas.Track;
import io.avatarflow.schemas.VideoCodec;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * One session as files for people: the video ({@code video.mp4} or {@code video.webm}), and a line
 * of JSON for every frame and mark ({@code records.jsonl}). Takes what a reader that removes
 * duplicates gives. One thread.
 */
final class SessionExport implements AutoCloseable {
  private final Path folder;
  private final BufferedWriter lines;
  private MediaFileWriter video;
  private boolean pictures;

  /**
   * @param out the folder of all sessions
   * @param key the session
   */
  SessionExport(RecordingFolder out, SessionKey key) throws IOException {
    this.folder = Files.createDirectories(out.folder(key));
    this.lines = Files.newBufferedWriter(folder.resolve("records.jsonl"), StandardCharsets.UTF_8);
  }

  /** Adds a record. */
  void add(SessionOutput output) throws IOException {
    lines.write(RecordJson.line(output));
    lines.newLine();
    if (output.getBody() instanceof StreamMark mark && mark.getBody() instanceof OpenMark open) {
      String name = open.getCodec() == VideoCodec.VP8 ? "video.webm" : "video.mp4";
      video = new MediaFileWriter(folder.resolve(name), open);
    } else if (output.getBody() instanceof EncodedFrame frame && video != null) {
      video.write(frame);
      pictures |= frame.getTrack() == Track.VIDEO;
    }
  }

  /** Completes the files; a session without a picture gets no video. */
  void finish() throws IOException {
    if (pictures) {
      video.finish();
    }
    close();
  }

  @Override
  public void close() throws IOException {
    if (video != null) {
      video.close();
      video = null;
    }
    lines.close();
  }
}
