package io.avatarflow.operators.codec;

import io.avatarflow.operators.stage.SessionRecord;
import io.avatarflow.schemas.CloseMark;
import io.avatarflow.schemas.EncodedFrame;
import io.avatarflow.schemas.SessionOutput;
import io.avatarflow.schemas.StreamMark;
import io.avatarflow.schemas.Track;
import java.util.List;

/** What the encode stage put out, taken apart. */
final class Encoded {
  private Encoded() {}

  static SessionOutput output(SessionRecord record) {
    return ((SessionRecord.Emission) record).output();
  }

  static List<EncodedFrame> frames(List<SessionRecord> records) {
    return records.stream()
        .filter(SessionRecord.Emission.class::isInstance)
        .map(r -> output(r).getBody())
        .filter(EncodedFrame.class::isInstance)
        .map(EncodedFrame.class::cast)
        .toList();
  }

  static List<EncodedFrame> track(List<EncodedFrame> frames, Track track) {
    return frames.stream().filter(f -> f.getTrack() == track).toList();
  }

  static CloseMark closeMark(List<SessionRecord> records) {
    return (CloseMark) ((StreamMark) output(records.get(records.size() - 2)).getBody()).getBody();
  }

  static byte[] payload(EncodedFrame frame) {
    byte[] bytes = new byte[frame.getPayload().remaining()];
    frame.getPayload().duplicate().get(bytes);
    return bytes;
  }
}
