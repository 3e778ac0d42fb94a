package io.avatarflow.operators.codec;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.javacpp.Loader;
import org.junit.jupiter.api.Assumptions;

/**
 * Runs the ffmpeg and ffprobe programs that come with the natives: readers and writers independent
 * of our own.
 *
 * <p>Unlike the libraries that the engine uses, the programs want PulseAudio's client library of
 * the system; where it is not installed, a test that calls them is skipped and says so.
 */
final class FfmpegTool {
  private FfmpegTool() {}

  static byte[] ffmpeg(String... arguments) {
    List<String> command = new ArrayList<>(List.of(program(org.bytedeco.ffmpeg.ffmpeg.class)));
    command.addAll(List.of("-nostdin", "-loglevel", "error", "-y"));
    command.addAll(List.of(arguments));
    return run(command);
  }

  static String ffprobe(String... arguments) {
    List<String> command = new ArrayList<>(List.of(program(org.bytedeco.ffmpeg.ffprobe.class)));
    command.addAll(List.of("-loglevel", "error"));
    command.addAll(List.of(arguments));
    return new String(run(command), StandardCharsets.UTF_8);
  }

  private static String program(Class<?> program) {
    try {
      return Loader.load(program);
    } catch (UnsatisfiedLinkError | NoClassDefFoundError e) {
      String reason =
          "The %s program does not start here (Debian's package libpulse0 has what it needs): %s"
              .formatted(program.getSimpleName(), root(e).getMessage());
      System.out.println("SKIPPED: " + reason);
      return Assumptions.abort(reason);
    }
  }

  private static Throwable root(Throwable failure) {
    Throwable root = failure;
    while (root.getCause() != null) {
      root = root.getCause();
    }
    return root;
  }

  private static byte[] run(List<String> command) {
    ProcessBuilder builder =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT);
    // The programs find the libraries beside them by themselves, but not what those need in turn.
    builder.environment().put("LD_LIBRARY_PATH", Path.of(command.get(0)).getParent().toString());
    try {
      Process process = builder.start();
      byte[] output = process.getInputStream().readAllBytes();
      int exit = process.waitFor();
      if (exit != 0) {
        throw new IllegalStateException("%s ended with %d".formatted(command, exit));
      }
      return output;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }
}
