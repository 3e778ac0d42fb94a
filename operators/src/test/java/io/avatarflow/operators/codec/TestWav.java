package io.avatarflow.operators.codec;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** Writes WAV files field by field, so that each field can lie. */
final class TestWav {
  int format = 1;
  int channels = 1;
  int rate = 16_000;
  int bits = 16;
  Integer frameBytes;
  Long riffSize;
  Long dataSize;
  byte[] data = new byte[0];

  static TestWav speech(int rate, int samples) {
    TestWav wav = new TestWav();
    wav.rate = rate;
    short[] speech = TestSpeech.samples(rate, samples);
    wav.data = new byte[2 * samples];
    ByteBuffer bytes = little(wav.data);
    for (short s : speech) {
      bytes.putShort(s);
    }
    return wav;
  }

  static TestWav floats(int rate, float... samples) {
    TestWav wav = new TestWav();
    wav.format = 3;
    wav.bits = 32;
    wav.rate = rate;
    wav.data = new byte[4 * samples.length];
    ByteBuffer bytes = little(wav.data);
    for (float s : samples) {
      bytes.putFloat(s);
    }
    return wav;
  }

  byte[] bytes() {
    int frame = frameBytes != null ? frameBytes : channels * bits / 8;
    byte[] file = new byte[44 + data.length];
    ByteBuffer out = little(file);
    out.put(ascii("RIFF")).putInt((int) (riffSize != null ? riffSize : 36L + data.length));
    out.put(ascii("WAVE"))
        .put(ascii("fmt "))
        .putInt(16)
        .putShort((short) format)
        .putShort((short) channels);
    out.putInt(rate).putInt(rate * frame).putShort((short) frame).putShort((short) bits);
    out.put(ascii("data"))
        .putInt((int) (dataSize != null ? dataSize : (long) data.length))
        .put(data);
    return file;
  }

  Path write(Path file) {
    try {
      return Files.write(file, bytes());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  private static ByteBuffer little(byte[] bytes) {
    return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }
}
