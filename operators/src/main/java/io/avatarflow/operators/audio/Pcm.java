package io.avatarflow.operators.audio;

import io.avatarflow.schemas.AudioEncoding;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** PCM as it comes in chunks and leaves in blocks: decoding, mixing down, 16-bit samples. */
public final class Pcm {
  private static final float HALF_RANGE = 32768f;

  private Pcm() {}

  /** Bytes of one sample of one channel; 0 for an encoding that is not known. */
  public static int bytesPerSample(AudioEncoding encoding) {
    return switch (encoding) {
      case PCM_S16LE -> 2;
      case PCM_F32LE -> 4;
      case UNKNOWN -> 0;
    };
  }

  /**
   * Decodes interleaved samples and mixes them down to the mean of their channels.
   *
   * <p>Values out of [-1, 1] are clipped.
   *
   * @param payload whole samples of all channels; neither its position nor its bytes change
   * @return one channel, in [-1, 1]
   * @throws InvalidAudioException if a sample is not a number or infinite
   */
  public static float[] decode(ByteBuffer payload, AudioEncoding encoding, int channels)
      throws InvalidAudioException {
    ByteBuffer in = payload.slice().order(ByteOrder.LITTLE_ENDIAN);
    float[] mono = new float[in.remaining() / (bytesPerSample(encoding) * channels)];
    for (int i = 0; i < mono.length; i++) {
      double sum = 0;
      for (int channel = 0; channel < channels; channel++) {
        float value =
            encoding == AudioEncoding.PCM_S16LE ? in.getShort() / HALF_RANGE : in.getFloat();
        if (!Float.isFinite(value)) {
          throw new InvalidAudioException(
              "Sample %d of channel %d is %s; send finite samples in -1 to 1."
                  .formatted(i, channel, value));
        }
        sum += Math.max(-1f, Math.min(1f, value));
      }
      mono[i] = (float) (sum / channels);
    }
    return mono;
  }

  /** Rounds samples in [-1, 1] to signed 16 bit; what came as 16 bit leaves unchanged. */
  public static short[] toShorts(float[] samples) {
    short[] shorts = new short[samples.length];
    for (int i = 0; i < samples.length; i++) {
      int rounded = Math.round(samples[i] * HALF_RANGE);
      shorts[i] = (short) Math.max(Short.MIN_VALUE, Math.min(Short.MAX_VALUE, rounded));
    }
    return shorts;
  }
}
