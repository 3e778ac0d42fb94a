package io.avatarflow.jobs.chaos;

import io.avatarflow.jobs.client.SessionWriter;
import io.avatarflow.schemas.AudioChunk;
import io.avatarflow.schemas.AudioEncoding;
import io.avatarflow.schemas.BundledIdentity;
import io.avatarflow.schemas.InlineImage;
import io.avatarflow.schemas.Interrupt;
import io.avatarflow.schemas.PackReference;
import io.avatarflow.schemas.SessionKey;
import io.avatarflow.schemas.SessionOpen;
import io.avatarflow.schemas.SessionParameters;
import io.avatarflow.schemas.SessionSource;
import io.avatarflow.schemas.VideoSettings;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Everything that a producer can get wrong in records that can be read. */
final class PoisonSession {
  private PoisonSession() {}

  static void send(SessionWriter writer, SessionKey key) {
    writer.send(key, open("probe", InlineImage.newBuilder().setBytes(bytes(4096)).build()));
    writer.send(key, open("probe", BundledIdentity.newBuilder().setName("nobody").build()));
    writer.send(key, open("no-such-pack", BundledIdentity.newBuilder().setName("amber").build()));
    writer.send(key, open("probe", BundledIdentity.newBuilder().setName("amber").build()));
    writer.send(key, chunk(0, 16_000, AudioEncoding.PCM_S16LE, bytes(1279)));
    writer.send(key, chunk(-5, 16_000, AudioEncoding.PCM_S16LE, bytes(1280)));
    writer.send(key, chunk(0, 7, AudioEncoding.PCM_S16LE, bytes(1280)));
    writer.send(key, chunk(0, 16_000, AudioEncoding.PCM_F32LE, notNumbers(640)));
    writer.send(key, chunk(Long.MAX_VALUE - 1, 16_000, AudioEncoding.PCM_S16LE, bytes(1280)));
    writer.send(key, chunk(640, 16_000, AudioEncoding.PCM_F32LE, notNumbers(6400)));
    writer.send(key, Interrupt.newBuilder().setNewEpoch(Long.MAX_VALUE).build());
    writer.flush();
  }

  private static SessionOpen open(String pack, Object identity) {
    return SessionOpen.newBuilder()
        .setPack(PackReference.newBuilder().setName(pack).build())
        .setIdentity(identity)
        .setSeed(13)
        .setVideo(VideoSettings.newBuilder().build())
        .setParameters(SessionParameters.newBuilder().build())
        .setSource(SessionSource.LIVE)
        .build();
  }

  private static AudioChunk chunk(
      long firstSample, int rate, AudioEncoding encoding, ByteBuffer payload) {
    return AudioChunk.newBuilder()
        .setEpoch(0)
        .setFirstSample(firstSample)
        .setSampleRate(rate)
        .setChannels(1)
        .setEncoding(encoding)
        .setPayload(payload)
        .build();
  }

  private static ByteBuffer bytes(int count) {
    byte[] bytes = new byte[count];
    for (int i = 0; i < count; i++) {
      bytes[i] = (byte) (31 * i);
    }
    return ByteBuffer.wrap(bytes);
  }

  private static ByteBuffer notNumbers(int count) {
    ByteBuffer bytes = ByteBuffer.allocate(4 * count).order(ByteOrder.LITTLE_ENDIAN);
    for (int i = 0; i < count; i++) {
      bytes.putFloat(i % 2 == 0 ? Float.NaN : Float.NEGATIVE_INFINITY);
    }
    return bytes.flip();
  }
}
