package io.avatarflow.jobs.bench;

import io.avatarflow.schemas.AudioChunk;
import io.avatarflow.schemas.AudioEncoding;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Objects;
import javax.sound.sampled.AudioInputStream;
import javax.sound.sampled.AudioSystem;
import javax.sound.sampled.UnsupportedAudioFileException;

/**
 * Endless speech for load: the bundled sample over and over, each session from another place of it.
 *
 * <p>The same session says the same in every run. Immutable, safe for any thread.
 */
public final class BundledSpeech {
  /** Samples a second. */
  public static final int RATE = 16_000;

  /**
   * Distance of the places where neighbouring sessions begin; no divisor of the sample's length.
   */
  private static final int OFFSET_SAMPLES = 21_911;

  private final byte[] pcm;

  private BundledSpeech(byte[] pcm) {
    this.pcm = pcm;
  }

  /** Reads the sample that is in the jar. */
  public static BundledSpeech load() throws IOException {
    try (AudioInputStream in =
        AudioSystem.getAudioInputStream(
            new BufferedInputStream(
                Objects.requireNonNull(
                    BundledSpeech.class.getResourceAsStream("/samples/hello.wav"),
                    "The bundled sample is not in the jar; build AvatarFlow again.")))) {
      return new BundledSpeech(in.readAllBytes());
    } catch (UnsupportedAudioFileException e) {
      throw new IOException("The bundled sample is not a WAV file; build AvatarFlow again.", e);
    }
  }

  /**
   * A piece of what a session says.
   *
   * @param session number of the session, 0 or more
   * @param spoken samples that the session has spoken before
   * @param epoch the epoch it is sent in
   * @param firstSample position in the epoch's audio
   * @param samples how many
   * @param endOfSegment whether the session is silent behind it
   */
  public AudioChunk chunk(
      int session, long spoken, long epoch, long firstSample, int samples, boolean endOfSegment) {
    ByteBuffer payload = ByteBuffer.allocate(2 * samples).order(ByteOrder.LITTLE_ENDIAN);
    int total = pcm.length / 2;
    int at = (int) ((spoken + (long) session * OFFSET_SAMPLES) % total);
    for (int left = samples; left > 0; ) {
      int run = Math.min(left, total - at);
      payload.put(pcm, 2 * at, 2 * run);
      left -= run;
      at = 0;
    }
    return AudioChunk.newBuilder()
        .setEpoch(epoch)
        .setFirstSample(firstSample)
        .setSampleRate(RATE)
        .setChannels(1)
        .setEncoding(AudioEncoding.PCM_S16LE)
        .setPayload(payload.flip())
        .setEndOfSegment(endOfSegment)
        .build();
  }
}
