package io.avatarflow.jobs.cluster;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/** Java processes on this machine with the class path of the test, killed in {@link #close}. */
final class LocalProcesses implements AutoCloseable {
  private final Path folder;
  private final Deque<Process> processes = new ArrayDeque<>();

  LocalProcesses(Path folder) {
    this.folder = folder;
  }

  /** Starts a main class; its output goes to NAME.log in the folder. */
  Process start(String name, String mainClass, List<String> jvmArgs, List<String> args)
      throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(jvmArgs);
    command.add(mainClass);
    command.addAll(args);
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.environment().put("CLASSPATH", System.getProperty("java.class.path"));
    builder.redirectErrorStream(true);
    builder.redirectOutput(log(name));
    Process process = builder.start();
    processes.push(process);
    return process;
  }

  File log(String name) {
    return folder.resolve(name + ".log").toFile();
  }

  /** What a process printed so far. */
  String output(String name) throws IOException {
    return Files.readString(log(name).toPath());
  }

  /** Waits for a condition, polling it; fails with the text when it does not come true in time. */
  static void await(String what, Duration timeout, BooleanSupplier condition)
      throws InterruptedException {
    long deadline = System.nanoTime() + timeout.toNanos();
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() > deadline) {
        throw new AssertionError("Waited %d s in vain: %s".formatted(timeout.toSeconds(), what));
      }
      TimeUnit.MILLISECONDS.sleep(100);
    }
  }

  @Override
  public void close() {
    processes.forEach(Process::destroyForcibly);
    processes.forEach(
        process -> {
          try {
            process.waitFor(20, TimeUnit.SECONDS);
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          }
        });
  }
}
