package io.avatarflow.operators.codec;

import org.bytedeco.javacpp.Pointer;

/** Measures what a create/free cycle leaves behind in the process. */
final class NativeMemory {
  private static final int WARM_UP = 60;

  private NativeMemory() {}

  /**
   * Growth of the resident memory over {@code cycles} runs, behind a warm-up that fills the
   * allocator's arenas.
   */
  static long growth(int cycles, Runnable cycle) {
    for (int i = 0; i < WARM_UP; i++) {
      cycle.run();
    }
    System.gc();
    long before = Pointer.physicalBytes();
    for (int i = 0; i < cycles; i++) {
      cycle.run();
    }
    System.gc();
    return Pointer.physicalBytes() - before;
  }
}
