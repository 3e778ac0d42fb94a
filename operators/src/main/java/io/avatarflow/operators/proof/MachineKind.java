package io.avatarflow.operators.proof;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;

/**
 * The kind of machine, as far as the bits of a graph's result depend on it: the architecture and
 * the vector instructions that matrix kernels are chosen by.
 */
public final class MachineKind {
  private static final Path CPU_INFO = Path.of("/proc/cpuinfo");
  private static final List<String> KERNEL_FLAGS =
      List.of("avx", "avx2", "fma", "avx512f", "asimd", "sve");

  private MachineKind() {}

  /** This machine's kind, for example {@code amd64 avx avx2 fma}. */
  public static String here() {
    Set<String> flags = new TreeSet<>();
    if (Files.isReadable(CPU_INFO)) {
      try {
        Files.readAllLines(CPU_INFO, StandardCharsets.UTF_8).stream()
            .filter(line -> line.toLowerCase(Locale.ROOT).matches("(flags|features)\\s*:.*"))
            .findFirst()
            .ifPresent(
                line ->
                    flags.addAll(
                        Arrays.asList(
                            line.substring(line.indexOf(':') + 1).strip().split("\\s+"))));
      } catch (IOException e) {
        // Without its flags the machine counts as another kind, which asks less of it.
        flags.clear();
      }
    }
    flags.retainAll(KERNEL_FLAGS);
    return (System.getProperty("os.arch") + " " + String.join(" ", flags)).strip();
  }
}
