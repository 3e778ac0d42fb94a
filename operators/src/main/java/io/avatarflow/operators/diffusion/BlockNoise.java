package io.avatarflow.operators.diffusion;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;

/**
 * All random numbers of one session, each at an address of its own: the same address holds the same
 * number for ever, whatever was drawn before, on whichever machine, in whichever batch.
 *
 * <p>Key: the first 8 bytes, big-endian, of SHA-256(pack digest as lower-case ASCII hexadecimal,
 * seed as 8 bytes big-endian); its low 32 bits are the first key word of {@link Philox}. Counter,
 * 128 bits, lowest first:
 *
 * <table>
 * <caption>Fields of the counter</caption>
 * <tr><th>bits</th><th>field</th><th>range</th></tr>
 * <tr><td>0 to 23</td><td>element of the tensor, divided by 4</td><td>tensors up to 2^26 elements</td></tr>
 * <tr><td>24 to 31</td><td>denoising step</td><td>0 to 255</td></tr>
 * <tr><td>32 to 79</td><td>block</td><td>0 to 2^48 - 1: 700,000 years of 80 ms</td></tr>
 * <tr><td>80 to 95</td><td>stage id</td><td>see {@link NoiseStream}</td></tr>
 * <tr><td>96 to 127</td><td>tensor id</td><td>see {@link NoiseStream}</td></tr>
 * </table>
 *
 * <p>Each counter gives four words w0 to w3 for four neighbouring elements. Uniform: {@code ((w >>>
 * 9) + 0.5) / 2^23}, so neither 0 nor 1. Normal: Box and Muller, "A Note on the Generation of
 * Random Normal Deviates", 1958, of the pairs (w0, w1) and (w2, w3) in double precision: {@code u =
 * (w + 0.5) / 2^32}, {@code r = sqrt(-2 ln u0)}, {@code r cos(2 pi u1)} and {@code r sin(2 pi u1)},
 * by {@code StrictMath}, rounded to float32.
 *
 * <p>Immutable; safe for use by several threads.
 */
public final class BlockNoise {
  /** Blocks are numbered below this. */
  public static final long MAX_BLOCKS = 1L << 48;

  /** Denoising steps are numbered below this. */
  public static final int MAX_STEPS = 1 << 8;

  /** Elements of a tensor are numbered below this. */
  public static final int MAX_ELEMENTS = 1 << 26;

  private static final double TO_UNIT = 0x1p-32;

  private final int key0;
  private final int key1;

  private BlockNoise(long key) {
    this.key0 = (int) key;
    this.key1 = (int) (key >>> 32);
  }

  /**
   * The numbers of a session.
   *
   * @param packDigest the pack's digest, lower-case hexadecimal
   * @param seed the session's seed
   */
  public static BlockNoise of(String packDigest, long seed) {
    MessageDigest digest = NoiseStream.sha256();
    digest.update(packDigest.getBytes(StandardCharsets.US_ASCII));
    digest.update(ByteBuffer.allocate(Long.BYTES).putLong(seed).array());
    return new BlockNoise(ByteBuffer.wrap(digest.digest()).getLong());
  }

  /**
   * Unit normal numbers of the elements from {@code first} on, one for each place of {@code out}.
   *
   * @param stream the tensor
   * @param block index of the block
   * @param step denoising step, 0 for what is drawn once a block
   * @param first the first element
   * @param out receives the numbers
   */
  public void normal(NoiseStream stream, long block, int step, int first, float[] out) {
    check(block, step, first, out.length);
    int[] words = new int[4];
    float[] quad = new float[4];
    for (int done = 0; done < out.length; ) {
      int element = first + done;
      words(stream, block, step, element >>> 2, words);
      boxMuller(words[0], words[1], quad, 0);
      boxMuller(words[2], words[3], quad, 2);
      int offset = element & 3;
      int count = Math.min(4 - offset, out.length - done);
      System.arraycopy(quad, offset, out, done, count);
      done += count;
    }
  }

  /** Uniform numbers in (0, 1); arguments as in {@link #normal}. */
  public void uniform(NoiseStream stream, long block, int step, int first, float[] out) {
    check(block, step, first, out.length);
    int[] words = new int[4];
    for (int i = 0; i < out.length; i++) {
      int element = first + i;
      if (i == 0 || (element & 3) == 0) {
        words(stream, block, step, element >>> 2, words);
      }
      out[i] = ((words[element & 3] >>> 9) + 0.5f) * 0x1p-23f;
    }
  }

  private void words(NoiseStream stream, long block, int step, int quad, int[] words) {
    Philox.block(
        quad | step << 24,
        (int) block,
        (int) (block >>> 32) | stream.stageId() << 16,
        stream.tensorId(),
        key0,
        key1,
        words);
  }

  private static void boxMuller(int word0, int word1, float[] out, int at) {
    double u0 = (Integer.toUnsignedLong(word0) + 0.5) * TO_UNIT;
    double u1 = (Integer.toUnsignedLong(word1) + 0.5) * TO_UNIT;
    double radius = Math.sqrt(-2 * StrictMath.log(u0));
    double angle = 2 * Math.PI * u1;
    out[at] = (float) (radius * StrictMath.cos(angle));
    out[at + 1] = (float) (radius * StrictMath.sin(angle));
  }

  private static void check(long block, int step, int first, int count) {
    if (block < 0 || block >= MAX_BLOCKS) {
      throw new IllegalArgumentException(
          "Block %d has no noise; blocks are numbered 0 to %d.".formatted(block, MAX_BLOCKS - 1));
    }
    if (step < 0 || step >= MAX_STEPS) {
      throw new IllegalArgumentException(
          "Step %d has no noise; steps are numbered 0 to %d.".formatted(step, MAX_STEPS - 1));
    }
    if (first < 0 || first > MAX_ELEMENTS - count) {
      throw new IllegalArgumentException(
          "Elements %d to %d have no noise; a tensor has at most %d."
              .formatted(first, (long) first + count - 1, MAX_ELEMENTS));
    }
  }
}
