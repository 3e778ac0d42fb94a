package io.avatarflow.jobs.render;

import io.avatarflow.operators.codec.ContactSheet;
import io.avatarflow.operators.codec.RgbPicture;
import io.avatarflow.operators.codec.VideoDecoder;
import io.avatarflow.schemas.EncodedFrame;
import io.avatarflow.schemas.VideoCodec;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Keeps pictures at even distances of a stream whose length is not known beforehand.
 *
 * <p>It keeps every n-th picture and doubles n when it has too many, so that memory stays bounded
 * however long the stream is.
 */
final class SheetSampler implements AutoCloseable {
  private static final int COLUMNS = 6;
  private static final int MOST = 24;
  private static final int CELL_WIDTH = 192;

  private record Sample(long index, RgbPicture picture) {}

  private final VideoDecoder decoder;
  private final double fps;
  private final List<Sample> samples = new ArrayList<>();
  private long stride = 1;

  SheetSampler(VideoCodec codec, double fps) {
    this.decoder = new VideoDecoder(codec);
    this.fps = fps;
  }

  void add(EncodedFrame frame) {
    ByteBuffer payload = frame.getPayload().duplicate();
    byte[] bytes = new byte[payload.remaining()];
    payload.get(bytes);
    RgbPicture picture = decoder.decode(bytes);
    if (frame.getIndex() % stride != 0) {
      return;
    }
    if (samples.size() == MOST) {
      stride *= 2;
      samples.removeIf(sample -> sample.index % stride != 0);
      if (frame.getIndex() % stride != 0) {
        return;
      }
    }
    samples.add(new Sample(frame.getIndex(), picture));
  }

  void write(Path file) {
    ContactSheet sheet = new ContactSheet(COLUMNS, CELL_WIDTH);
    samples.forEach(sample -> sheet.add(sample.index / fps, sample.picture));
    sheet.writePng(file);
  }

  @Override
  public void close() {
    decoder.close();
  }
}
