package io.avatarflow.jobs.client;

import io.avatarflow.schemas.AudioChunk;
import io.avatarflow.schemas.AudioEncoding;
import io.avatarflow.schemas.BundledIdentity;
import io.avatarflow.schemas.CloseMode;
import io.avatarflow.schemas.PackReference;
import io.avatarflow.schemas.SessionClose;
import io.avatarflow.schemas.SessionKey;
import io.avatarflow.schemas.SessionOpen;
import io.avatarflow.schemas.SessionParameters;
import io.avatarflow.schemas.SessionSource;
import io.avatarflow.schemas.VideoSettings;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/** Sessions with a tone whose loudness comes and goes like syllables. */
public final class TestSpeech {
  private static final int RATE = 16_000;
  private static final int CHUNK = 1_600;

  private TestSpeech() {}

  /** Open, chunks of 100 ms and a draining close. */
  public static List<Object> session(SessionKey key, String pack, double seconds) {
    return session(key, pack, "amber", seconds);
  }

  /** The same with a bundled identity of the pack. */
  public static List<Object> session(SessionKey key, String pack, String identity, double seconds) {
    List<Object> bodies = new ArrayList<>();
    bodies.add(
        SessionOpen.newBuilder()
            .setPack(PackReference.newBuilder().setName(pack).build())
            .setIdentity(BundledIdentity.newBuilder().setName(identity).build())
            .setSeed(key.hashCode())
            .setVideo(VideoSettings.newBuilder().build())
            .setParameters(SessionParameters.newBuilder().build())
            .setSource(SessionSource.RECORDED)
            .build());
    int samples = (int) (seconds * RATE);
    for (int first = 0; first < samples; first += CHUNK) {
      bodies.add(chunk(first, Math.min(CHUNK, samples - first)));
    }
    bodies.add(SessionClose.newBuilder().setMode(CloseMode.DRAIN).build());
    return bodies;
  }

  private static AudioChunk chunk(int first, int count) {
    ByteBuffer payload = ByteBuffer.allocate(count * 2).order(ByteOrder.LITTLE_ENDIAN);
    for (int i = first; i < first + count; i++) {
      double t = i / (double) RATE;
      double loudness = 0.5 - 0.5 * Math.cos(2 * Math.PI * 4 * t);
      payload.putShort((short) (8_000 * loudness * Math.sin(2 * Math.PI * 180 * t)));
    }
    return AudioChunk.newBuilder()
        .setEpoch(0)
        .setFirstSample(first)
        .setSampleRate(RATE)
        .setChannels(1)
        .setEncoding(AudioEncoding.PCM_S16LE)
        .setPayload(payload.flip())
        .build();
  }
}
