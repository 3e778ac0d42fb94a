package io.avatarflow.operators.diffusion;

/**
 * The counter-based random generator Philox 4x32-10: a bijection of 128-bit counters, chosen by a
 * 64-bit key.
 *
 * <p>Salmon et al., "Parallel Random Numbers: As Easy as 1, 2, 3", SC 2011, section 4.3. Equal
 * inputs give equal words on every machine, in any order and on any number of threads.
 */
public final class Philox {
  private static final int ROUNDS = 10;
  private static final long MULTIPLIER_0 = 0xD2511F53L;
  private static final long MULTIPLIER_1 = 0xCD9E8D57L;
  private static final int WEYL_0 = 0x9E3779B9;
  private static final int WEYL_1 = 0xBB67AE85;
  private static final long WORD = 0xFFFFFFFFL;

  private Philox() {}

  /**
   * Enciphers one counter.
   *
   * @param counter0 lowest word of the counter
   * @param counter1 second word
   * @param counter2 third word
   * @param counter3 highest word
   * @param key0 low word of the key
   * @param key1 high word of the key
   * @param out receives four words
   */
  public static void block(
      int counter0, int counter1, int counter2, int counter3, int key0, int key1, int[] out) {
    int c0 = counter0;
    int c1 = counter1;
    int c2 = counter2;
    int c3 = counter3;
    int k0 = key0;
    int k1 = key1;
    for (int round = 0; round < ROUNDS; round++) {
      long product0 = MULTIPLIER_0 * (c0 & WORD);
      long product1 = MULTIPLIER_1 * (c2 & WORD);
      c0 = (int) (product1 >>> 32) ^ c1 ^ k0;
      c1 = (int) product1;
      c2 = (int) (product0 >>> 32) ^ c3 ^ k1;
      c3 = (int) product0;
      k0 += WEYL_0;
      k1 += WEYL_1;
    }
    out[0] = c0;
    out[1] = c1;
    out[2] = c2;
    out[3] = c3;
  }
}
